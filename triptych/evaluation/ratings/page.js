"use strict";
// Everything from the study is put in as text or as a data: address, never as markup.
const study = JSON.parse(document.getElementById("study").textContent);
const by = (id) => document.getElementById(id);
const storeKey = "triptych-rating-" + study.id;
let state = { rater: "", order: [], at: 0, ratings: {} };
let here = 0;
let canStore = true;

function load() {
  try {
    const known = JSON.parse(localStorage.getItem(storeKey) || "null");
    if (known && Array.isArray(known.order) && known.order.length === study.items.length) {
      state = known;
    }
  } catch { canStore = false; }
  if (!state.order.length) { state.order = shuffled(study.items.length); }
}

function keep() {
  try { localStorage.setItem(storeKey, JSON.stringify(state)); } catch { canStore = false; }
  if (!canStore) { by("saved").textContent = "This browser keeps nothing: save to a file before you close the page."; }
}

function shuffled(count) {
  const order = [...Array(count).keys()];
  const chance = crypto.getRandomValues(new Uint32Array(count || 1));
  for (let i = count - 1; i > 0; i--) {
    const j = chance[i] % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

const item = () => study.items[state.order[state.at]];
const asked = (one) => study.questions.filter((question) => one[question.part] !== null);
const answered = (one) => asked(one).every((q) => (state.ratings[one.id] || {})[q.key]);

function element(tag, text, attributes) {
  const made = document.createElement(tag);
  if (text !== null) { made.textContent = text; }
  for (const [name, value] of Object.entries(attributes || {})) { made.setAttribute(name, value); }
  return made;
}

function show(focus) {
  const one = item();
  by("heading").textContent = "Campaign " + (state.at + 1) + " of " + study.items.length;
  by("brief").textContent = one.brief;
  by("copy").textContent = one.copy;
  const media = by("media");
  media.replaceChildren();
  if (one.image !== null) {
    const figure = element("figure", null);
    figure.append(element("img", null, { src: one.image, alt: "The campaign's picture" }),
      element("figcaption", "Picture"));
    media.append(figure);
  }
  if (one.clip !== null) {
    const figure = element("figure", null);
    const video = element("video", null, { src: one.clip, "aria-label": "The campaign's clip" });
    video.muted = true; video.loop = true; video.autoplay = true; video.controls = true;
    video.playsInline = true;
    figure.append(video, element("figcaption", "Clip"));
    media.append(figure);
  }
  const questions = by("questions");
  questions.replaceChildren();
  asked(one).forEach((question, place) => {
    const set = element("fieldset", null, { "data-place": place });
    set.append(element("legend", question.asked));
    const scale = element("div", null, { class: "scale" });
    scale.append(element("span", question.ends[0]));
    for (const value of study.scale) {
      const label = element("label", String(value));
      const input = element("input", null, { type: "radio", name: question.key, value });
      input.setAttribute("aria-label", value + " of 5");
      input.checked = (state.ratings[one.id] || {})[question.key] === value;
      input.addEventListener("change", () => rate(question, value));
      label.append(input);
      scale.append(label);
    }
    scale.append(element("span", question.ends[1]));
    set.append(scale);
    set.addEventListener("focusin", () => mark(place));
    questions.append(set);
  });
  const open = asked(one).findIndex((q) => !(state.ratings[one.id] || {})[q.key]);
  mark(open < 0 ? 0 : open);
  by("previous").disabled = state.at === 0;
  by("next").disabled = state.at === study.items.length - 1;
  progress();
  if (focus) { by("heading").focus(); window.scrollTo(0, 0); }
}

function mark(place) {
  here = place;
  document.querySelectorAll("fieldset").forEach((set, i) => set.classList.toggle("here", i === place));
}

function rate(question, value) {
  const one = item();
  state.ratings[one.id] = { ...(state.ratings[one.id] || {}), [question.key]: value };
  keep();
  progress();
}

function progress() {
  const done = study.items.filter(answered).length;
  by("progress").textContent = done + " of " + study.items.length + " answered" +
    (done === study.items.length ? ". Please save your answers to a file." : "");
}

function go(to) {
  if (to < 0 || to >= study.items.length) { return; }
  state.at = to;
  keep();
  show(true);
}

function nextOpen() {
  const count = study.items.length;
  for (let step = 1; step <= count; step++) {
    const to = (state.at + step) % count;
    if (!answered(study.items[state.order[to]])) { go(to); return; }
  }
  by("saved").textContent = "Every campaign is answered.";
}

function save() {
  const answers = { version: 1, study: study.id, rater: state.rater, ratings: state.ratings };
  const blob = new Blob([JSON.stringify(answers, null, 1)], { type: "application/json" });
  const link = element("a", null, { href: URL.createObjectURL(blob),
    download: "ratings-" + (state.rater.replace(/[^\p{L}\p{N}_-]+/gu, "-") || "rater") + ".json" });
  document.body.append(link);
  link.click();
  link.remove();
  by("saved").textContent = "Saved. Send the file to whoever asked you.";
}

function begin() {
  const name = by("rater").value.trim();
  if (!name) { by("rater").focus(); return; }
  state.rater = name;
  keep();
  by("welcome").hidden = true;
  by("rating").hidden = false;
  show(true);
}

document.addEventListener("keydown", (event) => {
  if (by("rating").hidden || event.ctrlKey || event.metaKey || event.altKey) { return; }
  if (event.target instanceof HTMLVideoElement) { return; }
  const questions = asked(item());
  if (/^[1-5]$/.test(event.key) && here < questions.length) {
    rate(questions[here], Number(event.key));
    const at = Math.min(here + 1, questions.length - 1);
    document.querySelectorAll("fieldset")[here].querySelector("input[value='" + event.key + "']").checked = true;
    mark(at);
    document.querySelectorAll("fieldset")[at].scrollIntoView({ block: "nearest" });
    event.preventDefault();
  } else if (event.key === "n" || event.key === "N") { go(state.at + 1); }
  else if (event.key === "p" || event.key === "P") { go(state.at - 1); }
});
by("begin").addEventListener("click", begin);
by("rater").addEventListener("keydown", (event) => { if (event.key === "Enter") { begin(); } });
by("next").addEventListener("click", () => go(state.at + 1));
by("previous").addEventListener("click", () => go(state.at - 1));
by("open").addEventListener("click", nextOpen);
by("save").addEventListener("click", save);
load();
if (state.rater) { by("rater").value = state.rater; begin(); } else { progress(); }
