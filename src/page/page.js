// Keeps the page up to date, and sends what a person does. The page reads without it.
"use strict";
(() => {
  const EVERY = 2000;
  const token = document.querySelector('meta[name="orca-token"]').content;
  const main = document.querySelector("main");
  const notice = document.getElementById("notice");
  document.documentElement.classList.add("scripted");
  let tag = "";
  let busy = 0;

  const say = (words) => {
    notice.textContent = words;
    notice.hidden = words === "";
  };

  // What a person has opened, typed or been told stays as it is.
  const kept = () => {
    const state = { open: new Map(), typed: new Map(), told: new Map(), focus: null };
    for (const one of main.querySelectorAll("details[id]")) state.open.set(one.id, one.open);
    for (const form of main.querySelectorAll("form.deed")) {
      const input = form.querySelector("input");
      const output = form.querySelector("output");
      if (input) state.typed.set(form.dataset.key, input.value);
      if (output.textContent) state.told.set(form.dataset.key, [output.textContent, output.className]);
      if (input && document.activeElement === input) {
        state.focus = [form.dataset.key, input.selectionStart, input.selectionEnd];
      }
    }
    return state;
  };
  const restore = (state) => {
    for (const one of main.querySelectorAll("details[id]")) {
      if (state.open.has(one.id)) one.open = state.open.get(one.id);
    }
    for (const form of main.querySelectorAll("form.deed")) {
      const key = form.dataset.key;
      const input = form.querySelector("input");
      if (input && state.typed.has(key)) input.value = state.typed.get(key);
      if (state.told.has(key)) [form.querySelector("output").textContent, form.querySelector("output").className] = state.told.get(key);
      if (input && state.focus && state.focus[0] === key) {
        input.focus({ preventScroll: true });
        input.setSelectionRange(state.focus[1], state.focus[2]);
      }
    }
  };

  const refresh = async () => {
    try {
      const answer = await fetch("main", { headers: tag ? { "If-None-Match": tag } : {} });
      if (answer.status === 200) {
        const html = await answer.text();
        tag = answer.headers.get("ETag") || "";
        if (busy === 0) {
          const state = kept();
          main.innerHTML = html;
          restore(state);
        } else {
          tag = "";
        }
      }
      say(answer.ok || answer.status === 304 ? "" : await answer.text());
    } catch {
      say("git orca serve has ended: this is how the run was. Start it again for a new address.");
    }
  };

  const act = async (form, button) => {
    const output = form.querySelector("output");
    const input = form.querySelector("input");
    if (input && !input.reportValidity()) return;
    if (button.dataset.sure && !confirm(button.dataset.sure)) return;
    const call = JSON.parse(form.dataset.arguments);
    if (input && input.value.trim()) call[input.name] = input.value;
    busy += 1;
    button.disabled = true;
    let said = { ok: false, said: "" };
    try {
      const answer = await fetch("do/" + button.value, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Orca-Token": token },
        body: JSON.stringify(call),
      });
      const text = await answer.text();
      said = answer.headers.get("Content-Type") === "application/json" ? JSON.parse(text) : { ok: false, said: text };
    } catch {
      said.said = "git orca serve did not answer: whether this was done is unknown.";
    }
    output.textContent = said.said;
    output.className = said.ok ? "" : "refused";
    if (said.ok && input) input.value = "";
    button.disabled = false;
    busy -= 1;
    refresh();
  };

  // Only a button acts: no Enter in a field approves by accident.
  main.addEventListener("submit", (event) => event.preventDefault());
  main.addEventListener("click", (event) => {
    const button = event.target.closest("form.deed button");
    if (!button) return;
    event.preventDefault();
    act(button.form, button);
  });
  const turn = async () => {
    if (!document.hidden) await refresh();
    setTimeout(turn, EVERY);
  };
  setTimeout(turn, EVERY);
})();
