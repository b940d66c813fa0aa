(() => {
  const box = document.currentScript.closest(".ssq-ledger");
  const body = box.querySelector("tbody"), rows = [...body.rows];
  const [words, verdict, section] = box.querySelectorAll(".controls input, .controls select");
  const shown = box.querySelector("output");
  const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/);
    rows.forEach(row => { row.hidden =
      !wanted.every(w => texts.get(row).includes(w))
      || (verdict.value && row.dataset.verdict !== verdict.value)
      || (section.value && row.dataset.section !== section.value); });
    shown.value = `${rows.filter(row => !row.hidden).length} of ${rows.length} statements`;
  };
  [words, verdict, section].forEach(e => e.addEventListener("input", filter));
  const heads = [...box.querySelectorAll("th")];
  heads.forEach((head, i) => head.querySelector("button")?.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    heads.forEach(h => h.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down === 1 ? "ascending" : "descending");
    const key = row => Number(row.cells[i].dataset.order);
    const place = new Map(rows.map((row, j) => [row, j]));
    const order = (a, b) => down * (key(a) - key(b)) || place.get(a) - place.get(b);
    body.append(...[...rows].sort(order));
  }));
  const open = () => {
    const row = location.hash && box.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`);
    if (row) row.querySelector("details").open = true;
  };
  addEventListener("hashchange", open);
  box.querySelector(".controls").hidden = false;
  filter();
  open();
})();
