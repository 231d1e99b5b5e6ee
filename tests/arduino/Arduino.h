// As much of Arduino's core as our sketches use, on this computer: the serial port is
// stdin and stdout. The program ends when loop() asks for a byte and none is left.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define LED_BUILTIN 13
#define OUTPUT 1
#define HIGH 1
#define LOW 0

unsigned long micros();
void delay(unsigned long milliseconds);
void pinMode(int pin, int mode);
void digitalWrite(int pin, int value);

class HardwareSerial {
 public:
  void begin(unsigned long baud);
  explicit operator bool() const { return true; }
  int available();
  int read();
  size_t write(const uint8_t* bytes, size_t count);
  size_t print(const char* text);
  size_t print(char letter);
  size_t print(int value, int base = 10);
  size_t print(unsigned long value, int base = 10);
  size_t print(long value, int base = 10);
  size_t print(double value, int digits = 2);
  size_t println();
  template <typename Value>
  size_t println(Value value) {
    return print(value) + println();
  }
};
extern HardwareSerial Serial;

void setup();
void loop();
