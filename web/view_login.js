// Logging in with name and password.

import {h, labelled} from "./dom.js";
import {post, session, openSession} from "./api.js";
import {problemBox} from "./app.js";

export async function render({root, params}) {
  const trouble = h("div"), user = h("input", {type: "text", autocomplete: "username", required: true, name: "user"}), password = h("input", {type: "password", autocomplete: "current-password", required: true, name: "password"});
  const to = /^#\/(?!\/|login)/.test(params.to ?? "") ? params.to : "#/";
  root.append(h("form", {class: "sheet narrow", onsubmit: async event => {
    event.preventDefault();
    try {
      Object.assign(session, await post("/session", {user: user.value, password: password.value}));
      await openSession();
      location.hash = to;
    } catch (error) {
      trouble.replaceChildren(problemBox(error));
      password.value = "";
      password.focus();
    }
  }}, labelled("User", user), labelled("Password", password), h("button", {class: "main"}, "Log in"), trouble));
}
