// Widget modules are looked up beside this script, so that no page needs a network.
requirejs.config({ baseUrl: new URL(".", document.currentScript.src).href });

// Widgets ask for the formulas in their labels as one asked MathJax 2; the book has MathJax 3.
addEventListener("load", () => {
  const mathjax = window.MathJax;
  if (!mathjax) return;
  mathjax.Hub = {
    Queue([, , element]) {
      mathjax.startup.promise = mathjax.startup.promise.then(() =>
        mathjax.typesetPromise([element]));
    },
  };
});

// A slider's handle has no name of its own, and says the position where the value is meant.
new MutationObserver(() => {
  for (const handle of document.querySelectorAll(".jupyter-widgets .noUi-handle")) {
    const widget = handle.closest(".widget-inline-hbox, .widget-inline-vbox");
    const text = part => widget.querySelector(part)?.textContent ?? "";
    handle.setAttribute("aria-label", text(".widget-label"));
    handle.setAttribute("aria-valuetext", text(".widget-readout"));
  }
}).observe(document, { childList: true, subtree: true });
