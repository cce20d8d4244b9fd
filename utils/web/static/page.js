"use strict";
// Shows one sample after the other and sends what the annotator says of it. The server holds the truth: each answer of it is
// the whole state of the page. What was answered and is not acknowledged yet is kept in the browser and sent until it is.
(() => {
  const LOOK_EVERY = 1500, PATIENCE = 10000, DELAYS = [300, 700, 1500, 3000, 5000], SIGN_OF_LIFE = 60000, FEW = 10;
  const id = (name) => document.getElementById(name);
  const KEPT = "labelling-unacknowledged", KEYS_OFF = "labelling-keys-off";
  let state = null, shownId = null, shownAt = 0, isBusy = false, lastTouch = Date.now(), looksFailed = 0, exhibit = null;
  let classesShown = "", curveShown = "", kept = null, heard = false, sent = 0, newest = 0;
  const loaded = new Map();

  // Small helpers
  const pause = (time) => new Promise((done) => setTimeout(done, time));
  const plural = (count, one, more = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;
  function node(name, attributes = {}, ...children) {
    const made = name.startsWith("svg:") ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4)) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }
  function put(element, text) { if (element.textContent !== text) element.textContent = text; }
  function say(text) { id("live").textContent = ""; setTimeout(() => { id("live").textContent = text; }, 40); }
  const storage = {
    get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
    set: (name, value) => { try { value === null ? localStorage.removeItem(name) : localStorage.setItem(name, value); } catch { /* a private window */ } },
  };
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const keysOn = () => storage.get(KEYS_OFF) === null;

  // Talking to the server
  async function post(what, body) {
    const ender = new AbortController(), timer = setTimeout(() => ender.abort(), PATIENCE);
    try {
      const answer = await fetch(`/api/${what}`, {
        method: "POST", headers: { "Content-Type": "application/json", "X-Labelling": "1" }, body: JSON.stringify(body), signal: ender.signal, cache: "no-store",
      });
      const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
      return { status: answer.status, body: isJson ? await answer.json() : { refused: await answer.text() } };
    } finally { clearTimeout(timer); }
  }
  function lose(text) {
    if (id("lost").hidden || id("lost").textContent !== text) put(id("lost"), text);
    id("lost").hidden = false;
  }
  function find() {
    if (!id("lost").hidden) say("The connection is back.");
    id("lost").hidden = true;
    looksFailed = 0;
  }
  const meaning = (request) => request.what !== "annotate" ? { skip: "Skipped", undo: "Taken back" }[request.what]
    : request.body.label === null ? "Unusable" : request.body.label;

  // Sends one action until the server has acknowledged or refused it; the same key makes it count once.
  async function deliver(request) {
    for (let tries = 0; ; tries++) {
      try {
        const { status, body } = await post(request.what, request.body);
        if (status < 500) {
          find();
          // whoever is not known here, or any more, is asked who he is; then it is sent again
          if (status === 401 || status === 403) kept = request;
          else storage.set(KEPT, null);
          return { status, body };
        }
        lose(body.refused || "The server cannot save the answer just now; it is kept here and sent again.");
      } catch {
        lose(`No connection. “${meaning(request)}” is kept here and is sent as soon as the server answers.`);
      }
      await pause(DELAYS[Math.min(tries, DELAYS.length - 1)]);
    }
  }
  async function act(what, body, button) {
    if (isBusy || !state || kept) return;
    isBusy = true;
    newest = ++sent;
    document.body.classList.add("busy");
    button?.classList.add("chosen");
    const request = { what, body: { ...body, key: newKey() }, by: state.annotator, campaign: state.campaign };
    storage.set(KEPT, JSON.stringify(request));
    const answer = await deliver(request);
    isBusy = false;
    document.body.classList.remove("busy");
    button?.classList.remove("chosen");
    take(answer, meaning(request));
  }
  function take({ status, body }, done = "") {
    if (status === 401) return greet();
    if (status === 403) return lose(body.refused);
    if (!body.stage) return refuse(body.refused || "The server refused this.");
    show(body, done);
    refuse(body.refused || "");
  }
  function refuse(text) {
    put(id("refused"), text);
    if (text && id("desk").hidden) say(text);
  }
  async function look() {
    if (state?.stage === "ended" && looksFailed > 2) return;
    if (isBusy || document.visibilityState === "hidden" && looksFailed === 0 && state && state.question) return;
    const isActive = Date.now() - lastTouch < SIGN_OF_LIFE, number = ++sent;
    try {
      const answer = await post("look", { active: isActive, showing: state?.question?.id ?? null });
      // what was asked before something newer was, shows how things were before it
      if (isBusy || number < newest) return;
      newest = number;
      if (answer.status >= 500) throw new Error();
      find();
      if (kept && answer.body.stage) return resend(answer.body);
      if (answer.status !== 200) return take(answer);
      show(answer.body);
    } catch {
      looksFailed++;
      const isOver = state && (state.stage === "ended" || state.stage === "stopped");
      if (looksFailed > 1 && !isOver && !isBusy) lose("No connection to the run. Everything that you answered is saved. If the run was stopped, this page goes on when it is started again.");
    }
  }
  async function resend(body) {
    const request = kept;
    kept = null;
    if (request.by !== body.annotator || request.campaign !== body.campaign) {
      storage.set(KEPT, null);
      return show(body);
    }
    state = body;
    isBusy = true;
    newest = ++sent;
    const answer = await deliver(request);
    isBusy = false;
    take(answer, meaning(request));
  }

  // What there is to see
  function greet() {
    for (const part of ["desk", "pause", "figures", "progress", "who"]) id(part).hidden = true;
    id("hello").hidden = false;
    id("hello-name").focus();
  }
  function show(next, done = "") {
    state = next;
    id("hello").hidden = true;
    id("who").hidden = false;
    put(id("name-shown"), state.annotator);
    put(id("run"), state.run || "Labelling");
    document.title = `${state.run || "Labelling"}${state.asked ? ` – ${state.done} of ${state.asked}` : ""}`;
    put(id("round"), roundText());
    id("progress").hidden = !state.asked;
    id("progress").max = state.asked || 1;
    id("progress").value = state.done;
    const question = state.question;
    id("desk").hidden = !question;
    id("pause").hidden = Boolean(question);
    if (question) {
      showAnswers(question);
      if (question.id !== shownId) showSample(question, done);
      else if (done) say(done);
    } else {
      if (shownId !== null) clearSample();
      showPause(done);
    }
    showUndo();
    showFigures();
    preload(state.upcoming);
  }
  function roundText() {
    if (!state.round && !state.asked) return "";
    const round = state.round ? `Round ${state.round}${state.last_round >= state.round ? ` of ${state.last_round}` : ""}` : "First labels";
    return state.asked ? `${round} · ${state.done.toLocaleString("en")} of ${state.asked.toLocaleString("en")} labelled` : round;
  }
  function clearSample() {
    silence();
    shownId = null;
    exhibit = null;
    id("exhibit").replaceChildren();
  }
  function showSample(question, done) {
    clearSample();
    const isOnPage = id("answer").contains(document.activeElement) || id("pause").contains(document.activeElement) || id("hello").contains(document.activeElement);
    shownId = question.id;
    put(id("sample-name"), question.name);
    put(id("sample-note"), (question.about && question.about.note) || "");
    id("meanwhile").hidden = !state.is_ahead;
    put(id("meanwhile"), state.stage === "training" ? "The model is learning from your labels. Go on with these meanwhile; they count for the next round." : "These count for the next round.");
    exhibit = makeExhibit(question);
    id("exhibit").replaceChildren(...exhibit.parts);
    id("exhibit").classList.remove("new");
    void id("exhibit").offsetWidth;
    id("exhibit").classList.add("new");
    id("filter").value = id("number").value = id("add").value = "";
    filter();
    toggleAdd(state.may_add && !state.numbers && !state.classes.length);
    if (state.numbers) id("number").focus({ preventScroll: true });
    else if (isOnPage || document.activeElement === document.body) id("sample").focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
    shownAt = performance.now();
    const place = state.is_ahead ? "A sample for the next round" : `Sample ${Math.min(state.done + 1, state.asked)} of ${state.asked}`;
    say(`${done ? `${done}. ` : ""}${place}: ${question.name}${guessText(question) ? `. ${guessText(question)}` : ""}`);
    if (heard) play("sound", true);
  }
  const guessText = (question) => question.guess == null ? "" : `The model’s guess: ${question.guess}${question.certainty == null ? "" : `, ${Math.round(100 * question.certainty)} %`}`;

  function makeExhibit(question) {
    const about = question.about, made = loaded.get(question.id) || load(question);
    loaded.delete(question.id);
    if (!about) return { parts: [node("p", {}, "There is nothing to show of this sample. Skip it, or say that it is unusable.")] };
    if (about.kind === "text") return { parts: [node("div", { class: "text", tabindex: "0", role: "region", "aria-label": "Text", dir: "auto" }, about.text)] };
    if (about.kind === "table") {
      const rows = Object.entries(about.cells).map(([column, value]) => node("tr", {}, node("th", { scope: "row" }, column), node("td", {}, value)));
      return { parts: [node("div", { class: "cells", tabindex: "0", role: "region", "aria-label": "Row of the table" }, node("table", {}, node("tbody", {}, ...rows)))] };
    }
    if (about.kind === "image") {
      if (!made.picture) return { parts: [] };
      made.picture.alt = "The picture to label";
      const link = node("a", { class: "picture", href: about.picture, target: "_blank", rel: "noopener", "aria-label": "The picture to label; opens it alone, to enlarge it" }, made.picture);
      const sharpen = () => made.picture.classList.toggle("tiny", made.picture.naturalWidth <= 128);
      made.picture.complete ? sharpen() : made.picture.addEventListener("load", sharpen);
      return { parts: [link] };
    }
    return makeSound(about, made);
  }
  function makeSound(about, made) {
    const parts = [], result = { parts, made, about };
    if (made.picture) parts.push(spectrogram(about, made, result));
    const players = node("div", { class: "players" });
    const button = (which, key, text, shortcut) => {
      const one = node("button", { type: "button", "aria-keyshortcuts": shortcut }, node("kbd", { "aria-hidden": "true" }, key), text);
      one.addEventListener("click", () => play(which));
      players.append(one);
      made[which].addEventListener("play", () => { one.classList.add("playing"); follow(which); });
      for (const end of ["pause", "ended"]) made[which].addEventListener(end, () => one.classList.remove("playing"));
      made[which].addEventListener("error", () => { one.lastChild.textContent = "The sound cannot be played"; });
      return one;
    };
    if (made.sound) button("sound", "␣", "Play", "Space");
    if (made.recording) button("recording", "w", "Whole recording", "w");
    if (players.childElementCount) parts.push(players);
    return result;
  }
  function spectrogram(about, made, result) {
    const [from, to] = about.seconds || [0, 0], top = about.hertz.length ? about.hertz[about.hertz.length - 1] : 0;
    made.picture.alt = `Spectrogram${to > from ? `, ${from.toFixed(2)} to ${to.toFixed(2)} seconds` : ""}${top ? `, up to ${hertzText(top)}` : ""}`;
    const view = node("div", { class: "view" }, made.picture), frame = node("div", { class: "spectrogram" }, hertzAxis(about.hertz), view);
    if (to > from) {
      result.playhead = node("div", { class: "playhead", hidden: "" });
      view.append(result.playhead);
      frame.append(timeAxis(from, to));
      view.addEventListener("click", (event) => {
        const area = view.getBoundingClientRect();
        play("sound", false, ((event.clientX - area.left) / area.width) * (to - from));
      });
    }
    return frame;
  }
  const hertzText = (value) => value >= 1000 ? `${(value / 1000).toLocaleString("en", { maximumFractionDigits: 1 })} kHz` : `${Math.round(value)} Hz`;
  function hertzAxis(hertz) {
    const axis = node("div", { class: "hertz", "aria-hidden": "true" }), step = Math.max(1, Math.ceil((hertz.length - 1) / 4));
    hertz.forEach((value, place) => {
      if (place % step && place !== hertz.length - 1) return;
      const tick = node("span", {}, hertzText(value));
      tick.style.top = `${100 * (1 - place / Math.max(1, hertz.length - 1))}%`;
      axis.append(tick);
    });
    return axis;
  }
  function timeAxis(from, to) {
    const axis = node("div", { class: "time", "aria-hidden": "true" }), rough = (to - from) / 5, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough), digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    for (let value = Math.ceil(from / step - 1e-6) * step; value <= to + step * 1e-6; value += step) {
      const share = (value - from) / (to - from), tick = node("span", {}, `${value.toFixed(digits)} s`);
      tick.style.left = `${100 * share}%`;
      if (share > 0.93) tick.className = "at-end";
      axis.append(tick);
    }
    return axis;
  }

  // Loading and playing
  function load(question) {
    const made = {}, about = question.about || {};
    if (about.picture) { made.picture = new Image(); made.picture.src = about.picture; }
    for (const part of ["sound", "recording"]) {
      if (!about[part]) continue;
      made[part] = new Audio();
      made[part].preload = part === "sound" ? "auto" : "none";
      made[part].src = about[part];
    }
    return made;
  }
  function preload(question) {
    if (!question || question.id === shownId || loaded.has(question.id)) return;
    loaded.clear();
    loaded.set(question.id, load(question));
  }
  function silence() { for (const part of ["sound", "recording"]) exhibit?.made?.[part]?.pause(); }
  function play(which, isByItself = false, from = 0) {
    const sound = exhibit?.made?.[which];
    if (!sound) return;
    const isPlaying = !sound.paused;
    silence();
    if (which === "recording" && isPlaying) return;
    sound.currentTime = from;
    sound.play().then(() => { heard = true; }, () => { if (!isByItself) refuse("The browser does not play this sound."); });
  }
  function follow(which) {
    const at = exhibit, head = at?.playhead, sound = at?.made[which];
    if (!head) return;
    const [from, to] = at.about.seconds, begin = which === "sound" ? from : 0;
    const step = () => {
      const share = (begin + sound.currentTime - from) / (to - from);
      head.hidden = sound.paused || share < 0 || share > 1;
      head.style.left = `${100 * share}%`;
      if (!sound.paused && at === exhibit) requestAnimationFrame(step);
    };
    step();
  }

  // Answering
  function showAnswers(question) {
    const text = guessText(question);
    id("guess").hidden = !text;
    if (text) id("guess").replaceChildren("The model’s guess: ", node("b", {}, question.guess), question.certainty == null ? "" : `, ${Math.round(100 * question.certainty)} %`);
    id("number-form").hidden = !state.numbers;
    id("filter-form").hidden = state.numbers || state.classes.length <= FEW;
    id("add-open").hidden = !state.may_add || state.numbers;
    if (JSON.stringify(state.classes) !== classesShown) {
      classesShown = JSON.stringify(state.classes);
      id("classes").replaceChildren(...state.classes.map((name) => {
        const button = node("button", { type: "button" }, node("kbd", { "aria-hidden": "true" }), node("span", {}, name));
        button.addEventListener("click", () => answer(name, button));
        return button;
      }));
      filter();
    }
    for (const [place, button] of [...id("classes").children].entries()) button.classList.toggle("guessed", question.guess === state.classes[place]);
  }
  function filter() {
    const wanted = id("filter").value.trim().toLocaleLowerCase();
    let number = 0;
    for (const [place, button] of [...id("classes").children].entries()) {
      button.hidden = !state.classes[place].toLocaleLowerCase().includes(wanted);
      const key = !button.hidden && number < FEW ? String(++number % FEW) : "";
      put(button.firstChild, key);
      button.firstChild.hidden = !key;
      key ? button.setAttribute("aria-keyshortcuts", key) : button.removeAttribute("aria-keyshortcuts");
    }
  }
  const shownClasses = () => [...id("classes").children].filter((button) => !button.hidden);
  const seconds = () => Math.round(performance.now() - shownAt) / 1000;
  function answer(label, button) { if (shownId !== null) act("annotate", { id: shownId, label, seconds: seconds() }, button); }
  const skip = () => { if (shownId !== null) act("skip", { id: shownId }, id("skip")); };
  const unusable = () => answer(null, id("unusable"));
  const undo = () => { if (state?.undoable) act("undo", { id: state.undoable.id }, id("undo")); };
  function toggleAdd(isOpen) {
    id("add-form").hidden = !isOpen;
    id("add-open").setAttribute("aria-expanded", String(isOpen));
  }
  function openAdd() {
    if (id("add-open").hidden) return;
    toggleAdd(id("add-form").hidden);
    (id("add-form").hidden ? id("sample") : id("add")).focus();
  }
  function showUndo() {
    const last = state.undoable, what = !last ? "Nothing to undo" : last.is_skip ? "Undo: skipped" : `Undo: ${last.label ?? "unusable"}`;
    id("undo").disabled = !last;
    id("pause-undo").hidden = !last;
    put(id("undo").lastChild, last && matchMedia("(min-width: 60rem)").matches ? what : "Undo");
    put(id("pause-undo").lastChild, what);
    id("undo").setAttribute("aria-label", last ? `${what} for ${last.name}` : what);
    id("undo").title = last ? `${what} (${last.name})` : "";
  }

  // Waiting, and what came of it
  function pauseTexts() {
    const others = plural(state.with_others, "sample");
    if (state.stage === "ended") return ["All done. Thank you!", "The run is finished, and every label is saved. You can close this page."];
    if (state.stage === "stopped") return ["The run has stopped", "Every label is saved. When the same command is started again, this page goes on."];
    if (state.stage === "labelling" && state.with_others && state.per_sample > 1) return ["Your part is done for now", `${others} of this round still ${state.with_others === 1 ? "needs" : "need"} answers of other people: each sample goes to ${state.per_sample}. Open this page under another name, or on another device.`];
    if (state.stage === "labelling" && state.with_others) return ["Your part is done for now", `${others} of this round ${state.with_others === 1 ? "is" : "are"} with other annotators, or waiting for one. If somebody leaves, it comes to you.`];
    if (state.stage === "labelling" && state.asked && !state.is_closed) return ["That was the last of this round", "For a moment, your last answer can still be undone. Then the model learns from all of them."];
    if (!state.run) return ["One moment", "The run is choosing the first samples to ask about."];
    return ["The model is learning from your labels", "It takes what you said, trains, and looks for the samples that it can learn most from. This page goes on by itself."];
  }
  function showPause(done) {
    const [title, text] = pauseTexts(), isNew = id("pause-title").textContent !== title || done;
    id("pause").classList.toggle("working", !["ended", "stopped"].includes(state.stage));
    put(id("pause-title"), title);
    put(id("pause-text"), text);
    put(id("pause-message"), state.message);
    if (!isNew) return;
    if (document.activeElement === document.body || !document.activeElement?.checkVisibility()) id("pause").focus({ preventScroll: true });
    say(`${done ? `${done}. ` : ""}${title}. ${text} ${state.message}`);
  }
  function showFigures() {
    id("figures").hidden = false;
    const parts = [state.mine ? `${plural(state.mine, "answer")} of yours` : "No answer of yours yet"];
    if (state.ahead && state.answered_ahead) parts.push(`${state.answered_ahead} of ${state.ahead} for the next round`);
    if (state.agreement && state.agreement[1]) parts.push(`all annotators agree on ${Math.round((100 * state.agreement[0]) / state.agreement[1])} % of ${plural(state.agreement[1], "sample")}`);
    put(id("figures-text"), `${parts.join(" · ")}.`);
    put(id("figures-message"), state.question ? state.message : "");
    const curve = JSON.stringify([state.curve, state.numbers]);
    if (curve === curveShown) return;
    curveShown = curve;
    id("curve").hidden = !state.curve.length;
    if (state.curve.length) drawCurve();
  }
  function drawCurve() {
    const points = state.curve, measure = state.numbers ? "mean absolute error" : "accuracy";
    const text = (value) => state.numbers ? value.toPrecision(3) : `${(100 * value).toFixed(1)} %`;
    const xs = points.map((point) => point[0]), ys = points.map((point) => point[1]);
    const [left, right, top, bottom] = [44, 350, 16, 130], room = 0.12 * (Math.max(...ys) - Math.min(...ys)) || 0.05;
    const low = Math.min(...ys) - room, high = Math.max(...ys) + room, first = xs[0], last = xs[xs.length - 1];
    const x = (value) => last > first ? left + ((value - first) / (last - first)) * (right - left) : (left + right) / 2;
    const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    const chart = node("svg:svg", { viewBox: "0 0 400 152", role: "img", "aria-label": `Learning curve, ${measure} by labels: ${points.map(([labels, value]) => `${labels}: ${text(value)}`).join(", ")}` });
    for (const value of new Set([Math.min(...ys), Math.max(...ys)])) {
      chart.append(node("svg:line", { x1: left, x2: right, y1: y(value), y2: y(value) }), node("svg:text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, text(value)));
    }
    for (const value of new Set([first, last])) chart.append(node("svg:text", { x: x(value), y: bottom + 18, "text-anchor": "middle" }, value.toLocaleString("en")));
    chart.append(node("svg:polyline", { points: points.map(([labels, value]) => `${x(labels)},${y(value)}`).join(" ") }));
    points.forEach(([labels, value]) => chart.append(node("svg:circle", { cx: x(labels), cy: y(value), r: points.length > 40 ? 0 : 3.5 })));
    const caption = node("figcaption", {}, `With ${plural(last, "label")}: ${measure} ${text(ys[ys.length - 1])}.`);
    const rows = points.map(([labels, value]) => node("tr", {}, node("td", {}, labels.toLocaleString("en")), node("td", {}, text(value))));
    const table = node("table", {}, node("thead", {}, node("tr", {}, node("th", {}, "labels"), node("th", {}, measure))), node("tbody", {}, ...rows));
    const isLine = points.length > 1;
    id("curve").replaceChildren(...(isLine ? [chart] : []), caption, ...(isLine ? [node("details", {}, node("summary", {}, "As a table"), table)] : []));
  }

  // Keys
  function pressed(event) {
    lastTouch = Date.now();
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || id("help").open) return;
    const target = event.target, isNumber = target === id("number"), isField = target.matches("input, textarea") && !isNumber;
    if (event.key === "Escape" && target.matches("input")) return leaveField(target);
    if (target === id("filter")) return inFilter(event);
    if (id("classes").contains(target) && event.key.startsWith("Arrow")) return walk(event);
    if (isField || !keysOn() || event.repeat || id("hello").hidden === false) return;
    if (isNumber && !"suxw? ".includes(event.key)) return;
    if (event.key === " ") {
      if (!target.closest("button, a, summary") && exhibit?.made?.sound) { event.preventDefault(); play("sound"); }
      return;
    }
    const key = event.key.toLowerCase();
    const found = { w: () => play("recording"), s: skip, u: undo, x: unusable, n: openAdd, "?": openHelp, f: focusFilter, "/": focusFilter }[key];
    if (found) {
      event.preventDefault();
      if (!"wsx".includes(key) || !id("desk").hidden) found();
    } else if (/^[0-9]$/.test(key) && !id("desk").hidden && !state.numbers) {
      shownClasses()[(Number(key) + FEW - 1) % FEW]?.click();
    }
  }
  function inFilter(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      if (id("filter").value.trim()) shownClasses()[0]?.click();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      shownClasses()[0]?.focus();
    }
  }
  function walk(event) {
    const buttons = shownClasses(), columns = buttons.filter((button) => button.offsetTop === buttons[0].offsetTop).length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key], place = buttons.indexOf(event.target) + step;
    event.preventDefault();
    if (place < 0 && !id("filter-form").hidden) id("filter").focus();
    else buttons[Math.min(Math.max(place, 0), buttons.length - 1)].focus();
  }
  function leaveField(field) {
    if (field === id("filter")) { field.value = ""; filter(); }
    if (field === id("add")) { field.value = ""; if (state.classes.length) toggleAdd(false); }
    if (field !== id("hello-name")) id("sample").focus();
  }
  function focusFilter() { if (!id("filter-form").hidden) id("filter").focus(); }
  function openHelp() { id("keys").checked = keysOn(); id("help").showModal(); }

  // The first visit
  async function introduce(event) {
    event.preventDefault();
    heard = true;
    try {
      const { status, body } = await post("name", { name: id("hello-name").value });
      newest = ++sent;
      if (status === 200) { put(id("hello-error"), ""); return kept ? resend(body) : show(body); }
      put(id("hello-error"), body.refused);
    } catch { put(id("hello-error"), "No connection; try again in a moment."); }
  }
  function submit(form, field, label) {
    id(form).addEventListener("submit", (event) => {
      event.preventDefault();
      const value = id(field).value.trim();
      if (value) answer(label(value), event.submitter);
    });
  }

  if (location.search) history.replaceState(null, "", "/");
  document.addEventListener("keydown", pressed);
  for (const sign of ["pointerdown", "wheel", "touchstart"]) document.addEventListener(sign, () => { lastTouch = Date.now(); }, { passive: true });
  document.addEventListener("click", () => { heard = true; });
  document.addEventListener("keyup", () => { heard = true; });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") look(); });
  id("hello-form").addEventListener("submit", introduce);
  submit("number-form", "number", (text) => text.replace("−", "-").replace(/^([^.,]*),([^.,]*)$/, "$1.$2"));
  submit("add-form", "add", (text) => text);
  id("filter-form").addEventListener("submit", (event) => event.preventDefault());
  id("filter").addEventListener("input", filter);
  for (const [name, does] of Object.entries({ skip, undo, unusable, "pause-undo": undo, "add-open": openAdd, "help-open": openHelp, who: greet })) id(name).addEventListener("click", does);
  id("keys").addEventListener("change", () => storage.set(KEYS_OFF, id("keys").checked ? null : "1"));
  try { kept = JSON.parse(storage.get(KEPT)); } catch { storage.set(KEPT, null); }
  if (!id("hello").hidden) greet();
  (async () => { for (;;) { if (id("hello").hidden) await look(); await pause(LOOK_EVERY); } })();
})();
