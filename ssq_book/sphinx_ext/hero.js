// The slider of the first page lights k users, marks k in the plot and says what is lost.
(hero => {
  const slider = hero.querySelector("input"), said = hero.querySelector("p");
  const lines = JSON.parse(hero.dataset.lines);
  const show = () => {
    const k = Number(slider.value);
    for (const part of hero.querySelectorAll("[data-rank]"))
      part.classList.toggle("lit", part.dataset.rank < k);
    for (const mark of hero.querySelectorAll("[data-k]"))
      mark.classList.toggle("here", Number(mark.dataset.k) === k);
    said.textContent = lines[k - 1];
    slider.setAttribute("aria-valuetext", lines[k - 1]);
  };
  slider.addEventListener("input", show);
  slider.parentElement.hidden = false;
  show();
})(document.currentScript.parentElement);
