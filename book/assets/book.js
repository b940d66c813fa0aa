// A figure of several panels scrolls on a narrow screen, where its letters would be too small.
// A formula in the text that is wider than its column is put on a line of its own, with the
// punctuation that follows it. On a narrow screen a formula on a line of its own that does not fit
// is drawn smaller, as far as it can be read, and scrolls beyond that.
(() => {
  const COLUMN = "p, li, dd, td, th, figcaption";
  const spread = () => {
    for (const formula of document.querySelectorAll(".bd-article span.math")) {
      const drawn = formula.querySelector("mjx-container");
      const column = formula.closest(COLUMN);
      if (!drawn || !column || formula.classList.contains("wide-formula")) continue;
      const { paddingLeft, paddingRight } = getComputedStyle(column);
      const room = column.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
      if (!room || drawn.getBoundingClientRect().width <= room) continue;
      formula.classList.add("wide-formula");
      formula.tabIndex = 0;
      const next = formula.nextSibling;
      const mark = next?.nodeType === Node.TEXT_NODE && next.data.match(/^[,.;:)]+/);
      if (mark) {
        next.data = next.data.slice(mark[0].length);
        formula.append(mark[0]);
      }
    }
  };
  const NARROW = 640, WIDE = 620;  // of the window, and of a figure (pixels)
  const LINES = ".bd-article :is(mjx-container[display=true], .wide-formula > mjx-container)";
  const SMALLEST = 58;  // per cent of the text's letters
  const fit = () => {
    for (const drawn of document.querySelectorAll(LINES)) {
      drawn.style.removeProperty("font-size");
      const line = drawn.closest(".wide-formula") ?? drawn;
      const share = Math.floor((99 * line.clientWidth) / line.scrollWidth);
      if (innerWidth >= NARROW || line.scrollWidth <= line.clientWidth) continue;
      drawn.style.setProperty("font-size", `${Math.max(SMALLEST, share)}%`, "important");
    }
  };
  const FIGURES = ".bd-article .cell_output img:not(.explorer img)";
  const widen = () => {
    for (const picture of document.querySelectorAll(FIGURES)) {
      const natural = picture.naturalWidth;
      const wide = innerWidth < NARROW && natural > WIDE;
      const frame = picture.closest("figure") ?? picture.parentElement;
      picture.style.minWidth = wide ? `${0.75 * natural}px` : "";
      frame.classList.toggle("wide-figure", wide);
      frame.toggleAttribute("tabindex", wide);
      if (wide) frame.tabIndex = 0;  // so that the arrow keys scroll it
    }
  };
  addEventListener("load", widen);
  addEventListener("resize", widen);
  const set = () => {
    spread();
    fit();
  };
  addEventListener("load", () => window.MathJax?.startup?.promise.then(set));
  addEventListener("resize", set);
})();

// On a narrow screen a table of few columns that does not fit is stacked, one cell below the other,
// each but the first with the head of its column.
(() => {
  const FEW = 4, NARROW = 640;
  const stack = () => {
    for (const table of document.querySelectorAll(".bd-article table")) {
      const heads = [...table.querySelectorAll("thead tr:only-child > *")];
      const room = table.parentElement.clientWidth;
      table.classList.remove("stacked");
      if (innerWidth >= NARROW || heads.length > FEW || !room || table.scrollWidth <= room) continue;
      table.classList.add("stacked");
      for (const row of table.tBodies[0].rows) {
        [...row.cells].forEach((cell, i) => {
          if (i && heads[i] && cell.textContent.trim()) cell.dataset.head = heads[i].textContent.trim();
        });
      }
    }
  };
  addEventListener("load", () => window.MathJax?.startup?.promise.then(stack));
  addEventListener("resize", stack);
})();

// The switch in the header: text alone, with the code that teaches, or with all code unfolded.
(() => {
  const root = document.documentElement;
  const choice = document.querySelector(".code-switch");
  const show = shown => {
    root.dataset.shown = choice.value = shown;
    for (const folded of document.querySelectorAll(".cell.tag_hide-input > details.hide")) {
      folded.open = shown === "checks";
    }
  };
  choice.addEventListener("change", () => {
    localStorage.setItem("shown", choice.value);
    show(choice.value);
  });
  show(root.dataset.shown);
})();
