#include <stdio.h>
#include <stdlib.h>

#include "Arduino.h"

HardwareSerial Serial;

unsigned long micros() {
  static unsigned long now = 0;
  return now += 1000;
}
void delay(unsigned long) {}
void pinMode(int, int) {}
void digitalWrite(int, int) {}

void HardwareSerial::begin(unsigned long baud) {
  if (baud != 115200) {
    exit(2);
  }
}
int HardwareSerial::available() {
  const int next = getchar();
  if (next == EOF) {
    fflush(stdout);
    exit(0);
  }
  ungetc(next, stdin);
  return 1;
}
int HardwareSerial::read() { return getchar(); }
size_t HardwareSerial::write(const uint8_t* bytes, size_t count) {
  return fwrite(bytes, 1, count, stdout);
}
size_t HardwareSerial::print(const char* text) { return printf("%s", text); }
size_t HardwareSerial::print(char letter) { return printf("%c", letter); }
size_t HardwareSerial::print(int value, int) { return printf("%d", value); }
size_t HardwareSerial::print(unsigned long value, int) { return printf("%lu", value); }
size_t HardwareSerial::print(long value, int) { return printf("%ld", value); }
size_t HardwareSerial::print(double value, int digits) {
  return printf("%.*f", digits, value);
}
size_t HardwareSerial::println() { return printf("\r\n"); }

int main() {
  setup();
  for (;;) {
    loop();
  }
}
