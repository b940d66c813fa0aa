(() => {
  const root = document.currentScript.parentElement;
  const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const sliders = [...root.querySelectorAll("input")];
  const outputs = root.querySelectorAll("output");
  const figure = root.querySelector("figure");
  const [image, more] = figure.querySelectorAll("img");
  const caption = figure.querySelector("figcaption");
  const show = () => {
    let place = 0;
    sliders.forEach((slider, i) => {
      place = place * data.positions[i].length + Number(slider.value);
    });
    const { src, alt, text, moreSrc, moreAlt } = data.views[data.places[place]];
    let rest = data.places[place]; // where k > n leads: to the largest k below
    [...sliders.keys()].reverse().forEach((i) => {
      const positions = data.positions[i];
      sliders[i].value = rest % positions.length;
      rest = Math.floor(rest / positions.length);
      sliders[i].setAttribute("aria-valuetext", positions[sliders[i].value]);
      outputs[i].textContent = positions[sliders[i].value];
    });
    image.src = src;
    image.alt = alt;
    if (more) more.src = moreSrc;
    if (more) more.alt = moreAlt;
    if (caption.textContent !== text) caption.textContent = text;
  };
  const button = root.querySelector("button");
  button.addEventListener("click", () => {
    const pinned = figure.nextElementSibling.matches("figure") && figure.nextElementSibling;
    if (pinned) pinned.remove();
    button.textContent = pinned ? "Pin this" : "Take the pinned figure away";
    if (pinned) return;
    figure.after(figure.cloneNode(true));
    const copy = figure.nextElementSibling.querySelector("figcaption");
    copy.removeAttribute("aria-live");
    copy.textContent = `Pinned: ${copy.textContent}`;
  });
  for (const slider of sliders) slider.addEventListener("input", show);
  root.querySelector(".explorer-sliders").hidden = false;
  show();
})();
