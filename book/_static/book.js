// What is wider than the page scrolls by itself: let the keyboard reach it.
(() => {
  const places = ".bd-article pre, .bd-article mjx-container[display='true']";
  const mark = () => {
    for (const box of document.querySelectorAll(places)) {
      const scrolls = box.scrollWidth > box.clientWidth ||
        box.scrollHeight > box.clientHeight;
      if (scrolls) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  window.addEventListener("load", () => {
    mark();
    window.MathJax?.startup?.promise.then(mark);
  });
  window.addEventListener("resize", mark);
})();

// The theme's arrows that unfold a part of the sidebar have no words of their own.
document.addEventListener("DOMContentLoaded", () => {
  for (const arrow of document.querySelectorAll("nav li > details > summary")) {
    const link = arrow.closest("li").querySelector("a");
    if (!arrow.textContent.trim() && link)
      arrow.setAttribute("aria-label", `Pages below ${link.textContent.trim()}`);
  }
});
