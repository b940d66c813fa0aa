(() => {
  const root = document.currentScript.parentElement;
  const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const sliders = [...root.querySelectorAll("input")];
  const image = root.querySelector("img");
  const caption = root.querySelector("figcaption");
  const show = () => {
    let place = 0;
    sliders.forEach((slider, i) => {
      const positions = data.positions[i];
      const text = positions[slider.value];
      slider.setAttribute("aria-valuetext", text);
      slider.nextElementSibling.textContent = text;
      place = place * positions.length + Number(slider.value);
    });
    const { src, alt, text } = data.views[place];
    image.hidden = !src;
    image.alt = alt ?? text;
    if (src) image.src = src;
    if (caption.textContent !== text) caption.textContent = text;
  };
  for (const slider of sliders) slider.addEventListener("input", show);
  root.querySelector(".explorer-sliders").hidden = false;
  show();
})();
