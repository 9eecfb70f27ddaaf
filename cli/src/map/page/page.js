"use strict";
(() => {
  const map = document.getElementById("map");
  const tip = document.getElementById("tip");
  const said = document.getElementById("said");
  const mark = document.getElementById("mark"); // The frame of the pool that is told about.
  const { width, height, rows, pools, health } = JSON.parse(document.getElementById("data").textContent);
  const CLOSEST = 24; // times that the picture can be enlarged
  const TALLEST = 0.8; // of the window

  // --- What is seen of the picture: its left upper corner, and how many of its units are a line. ---

  const view = { x: 0, y: 0, width };
  const shape = () => map.clientHeight / Math.max(map.clientWidth, 1);

  function show() {
    view.width = Math.min(Math.max(view.width, width / CLOSEST), width);
    const tall = view.width * shape();
    view.x = Math.min(Math.max(view.x, 0), width - view.width);
    view.y = Math.min(Math.max(view.y, 0), Math.max(height - tall, 0));
    map.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${tall}`);
    pin(view.width / width, tall);
  }

  // Rows keep their names: at the left edge, in the size they had, beside that part of the row which is seen.
  const names = [...map.querySelectorAll(".name")];
  const strip = document.getElementById("strip");
  map.append(strip, ...names, mark);
  function pin(unit, tall) {
    const sides = { x: view.x, y: view.y, width: unit > 0.99 ? 0 : 84 * unit, height: tall };
    for (const [side, length] of Object.entries(sides)) strip.setAttribute(side, length);
    for (const name of names) {
      if (unit > 0.99) { name.removeAttribute("transform"); continue; }
      const { top, end } = name.dataset;
      const middle = (Math.max(Number(top), view.y) + Math.min(Number(end), view.y + tall)) / 2;
      const [x, y] = [name.getAttribute("x"), name.getAttribute("y")];
      name.setAttribute("transform", `translate(${view.x + 76 * unit} ${middle + 4 * unit}) scale(${unit}) translate(${-x} ${-y})`);
    }
  }

  function fit() {
    const line = map.parentElement.clientWidth;
    map.style.height = `${Math.min((height / width) * line, window.innerHeight * TALLEST)}px`;
    show();
  }

  // Enlarges so that the place under (clientX, clientY) stays where it is; without one, the middle.
  function zoom(factor, clientX, clientY) {
    const box = map.getBoundingClientRect();
    const across = clientX === undefined ? 0.5 : (clientX - box.left) / box.width;
    const down = clientY === undefined ? 0.5 : (clientY - box.top) / box.height;
    const before = view.width;
    view.width = Math.min(Math.max(before / factor, width / CLOSEST), width);
    view.x += across * (before - view.width);
    view.y += down * (before - view.width) * shape();
    show();
  }

  function pan(right, down) {
    const unit = view.width / map.clientWidth;
    view.x += right * unit;
    view.y += down * unit;
    show();
  }

  // --- The pool that is told about. ---

  let chosen = -1;
  const cell = (number) => document.getElementById(`p${number}`);

  function bytes(number) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let unit = 0;
    while (number >= 1023.5 && unit < units.length - 1) { number /= 1024; unit += 1; }
    return `${number.toFixed(unit > 0 && number < 99.95 ? 1 : 0)} ${units[unit]}`;
  }

  function facts([address, length, committed, live, state, row]) {
    const share = (part) => `${bytes(part)} (${Math.round((part / length) * 100)} %)`;
    const told = [["address", address], ["length", bytes(length)], ["live", share(live)], ["committed", share(committed)]];
    const asked = rows[row].asked;
    if (asked !== null) told.push(["asked for", `${Math.round(asked * 100)} % of what blocks take up`]);
    if (!rows[row].large) told.push(["health", `${health[state][0]} (${health[state][1]})`]);
    return told;
  }

  function choose(number, clientX, clientY) {
    const group = cell(number);
    if (!group) return leave();
    if (number !== chosen) {
      chosen = number;
      const pool = pools[number];
      const name = document.createElement("b");
      name.textContent = rows[pool[5]].what;
      const table = document.createElement("table");
      for (const [what, value] of facts(pool)) {
        const line = table.insertRow();
        const head = document.createElement("th");
        head.textContent = what;
        line.append(head);
        line.insertCell().textContent = value;
      }
      tip.replaceChildren(name, table);
      mark.setAttribute("d", group.querySelector(".r").getAttribute("d"));
    }
    tip.hidden = false;
    place(clientX, clientY);
  }

  // Beside the pointer; inside the window.
  function place(clientX, clientY) {
    const { width: wide, height: tall } = tip.getBoundingClientRect();
    const right = clientX + 16 + wide < window.innerWidth ? clientX + 16 : Math.max(clientX - 16 - wide, 8);
    const below = clientY + 16 + tall < window.innerHeight ? clientY + 16 : Math.max(clientY - 16 - tall, 8);
    tip.style.transform = `translate(${Math.round(right)}px, ${Math.round(below)}px)`;
  }

  function leave() {
    chosen = -1;
    tip.hidden = true;
    mark.setAttribute("d", "");
  }

  // Chooses by keyboard: brings it into view and says it to those who don't see it.
  function walk(number) {
    if (number < 0 || number >= pools.length) return;
    const box = cell(number).querySelector(".r").getBBox();
    const tall = view.width * shape();
    const covered = Number(strip.getAttribute("width"));
    if (box.x < view.x + covered || box.x + box.width > view.x + view.width) view.x = box.x + box.width / 2 - view.width / 2;
    if (box.y < view.y || box.y + box.height > view.y + tall) view.y = box.y + box.height / 2 - tall / 2;
    show();
    const seen = cell(number).getBoundingClientRect();
    choose(number, seen.left + Math.min(seen.width, 200) / 2, seen.bottom);
    said.textContent = `${rows[pools[number][5]].what}; ${facts(pools[number]).map((fact) => fact.join(" ")).join("; ")}`;
  }

  // The pool above or below: in the row before or after, the one nearest to the same place.
  function beside(number, step) {
    const row = pools[number][5] + step;
    const middle = (at) => { const box = cell(at).querySelector(".r").getBBox(); return box.x + box.width / 2; };
    let best = -1;
    for (let at = 0; at < pools.length; at += 1) {
      if (pools[at][5] !== row) continue;
      if (best < 0 || Math.abs(middle(at) - middle(number)) < Math.abs(middle(best) - middle(number))) best = at;
    }
    return best;
  }

  const first = (row) => pools.findIndex((pool) => pool[5] === row);
  const keys = {
    ArrowRight: () => walk(chosen + 1),
    ArrowLeft: () => walk(chosen - 1),
    ArrowDown: () => walk(chosen < 0 ? 0 : beside(chosen, 1)),
    ArrowUp: () => walk(chosen < 0 ? 0 : beside(chosen, -1)),
    Home: () => walk(chosen < 0 ? 0 : first(pools[chosen][5])),
    End: () => walk(chosen < 0 ? 0 : pools.findLastIndex((pool) => pool[5] === pools[chosen][5])),
    PageDown: () => pan(0, map.clientHeight * 0.8),
    PageUp: () => pan(0, -map.clientHeight * 0.8),
    "+": () => zoomTo(1.5),
    "=": () => zoomTo(1.5),
    "-": () => zoomTo(1 / 1.5),
    0: () => reset(),
    Escape: leave,
  };

  // About what is chosen, if it is.
  function zoomTo(factor) {
    const box = chosen < 0 ? null : cell(chosen).getBoundingClientRect();
    if (box) zoom(factor, box.left + box.width / 2, box.top + box.height / 2);
    else zoom(factor);
    if (chosen >= 0) walk(chosen);
  }

  function reset() {
    Object.assign(view, { x: 0, y: 0, width });
    fit();
  }

  map.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
  map.addEventListener("blur", leave);

  // --- The pointer. ---

  map.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    zoom(Math.exp(-event.deltaY * lines * 0.002), event.clientX, event.clientY);
  }, { passive: false });

  const down = new Map(); // Pointers that are pressed, and where they are.
  let pinch = 0; // How far apart two of them were.
  const apart = () => { const [a, b] = [...down.values()]; return Math.hypot(a.x - b.x, a.y - b.y); };

  map.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (down.size === 2) pinch = apart();
  });

  map.addEventListener("pointermove", (event) => {
    const from = down.get(event.pointerId);
    if (!from) {
      const group = event.target.closest("g[id]");
      if (group) choose(Number(group.id.slice(1)), event.clientX, event.clientY);
      else leave();
      return;
    }
    const [right, below] = [event.clientX - from.x, event.clientY - from.y];
    // Less than that is a click by a hand that trembles.
    if (!map.classList.contains("dragged") && Math.hypot(right, below) < 4) return;
    if (!map.classList.contains("dragged")) {
      map.classList.add("dragged");
      map.setPointerCapture(event.pointerId);
      leave();
    }
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (down.size === 2) {
      zoom(apart() / Math.max(pinch, 1), event.clientX, event.clientY);
      pinch = apart();
    } else {
      pan(-right, -below);
    }
  });

  for (const ending of ["pointerup", "pointercancel"]) {
    map.addEventListener(ending, (event) => {
      down.delete(event.pointerId);
      if (down.size === 0) map.classList.remove("dragged");
    });
  }
  map.addEventListener("pointerleave", () => { if (down.size === 0) leave(); });

  // --- Buttons. ---

  const buttons = [...document.querySelectorAll("button[data-health]")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      const wanted = buttons.filter((one) => one.getAttribute("aria-pressed") === "true").map((one) => Number(one.dataset.health));
      pools.forEach((pool, number) => cell(number).classList.toggle("dim", wanted.length > 0 && !wanted.includes(pool[4])));
    });
  }
  document.getElementById("in").addEventListener("click", () => zoom(1.5));
  document.getElementById("out").addEventListener("click", () => zoom(1 / 1.5));
  document.getElementById("all").addEventListener("click", reset);

  window.addEventListener("resize", fit);
  fit();
})();
