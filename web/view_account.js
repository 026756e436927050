// The session, tokens for programs; for administrators accounts and the audit log of the whole server.

import {h, section, table, labelled, announce} from "./dom.js";
import {get, post, patch, remove, openSession, session} from "./api.js";
import {problemBox} from "./app.js";
import {auditLog, chainText, when} from "./view_versions.js";

export async function render({root, heading, refresh}) {
  heading.textContent = "Account";
  root.append(session.is_local ? h("p", {class: "intro"}, "This server has no accounts: it listens on this machine only, and whoever uses it owns everything.")
    : h("p", {class: "intro"}, `Logged in as ${session.user}. `, h("button", {type: "button", onclick: async () => { await remove("/session"); session.user = null; location.hash = "#/login"; }}, "Log out")));
  const trouble = h("div"), failed = error => trouble.replaceChildren(problemBox(error));
  root.append(trouble);

  if (!session.is_local) {
    const {tokens} = await get("/tokens"), name = h("input", {type: "text", required: true, autocomplete: "off"}), made = h("div");
    root.append(section("Tokens", "A token lets a program act as you. It is shown once.",
      tokens.length ? table("Your tokens", ["Name", "Made", ""], tokens.map(one => h("tr", null, h("th", {scope: "row"}, one.name), h("td", null, when(one.created)), h("td", null, h("button", {type: "button", class: "plain danger", onclick: async () => { try { await remove(`/tokens/${encodeURIComponent(one.id)}`); refresh(); } catch (error) { failed(error); } }}, "Withdraw", h("span", {class: "hidden-text"}, ` ${one.name}`)))))) : h("p", null, "None."),
      h("form", {class: "row", onsubmit: async event => {
        event.preventDefault();
        try {
          const {token} = await post("/tokens", {name: name.value});
          made.replaceChildren(h("div", {class: "done"}, h("p", null, "Keep it now; it is not shown again:"), h("pre", {tabindex: "0"}, token)));
          announce("The token is made.");
        } catch (error) { failed(error); }
      }}, labelled("What it is for", name), h("button", {class: "main"}, "Make a token")), made));
  }
  if (!session.is_local) {
    const old = h("input", {type: "password", required: true, autocomplete: "current-password"}), fresh = h("input", {type: "password", required: true, autocomplete: "new-password"}), said = h("div");
    root.append(section("Password", null, h("form", {class: "row", onsubmit: async event => {
      event.preventDefault();
      try {
        await post("/session/password", {old: old.value, new: fresh.value});
        said.replaceChildren(h("p", {class: "done"}, "It is changed."));
      } catch (error) { said.replaceChildren(problemBox(error)); }
      old.value = fresh.value = "";
    }}, labelled("Old password", old), labelled("New password", fresh), h("button", {class: "main"}, "Change it")), said));
  }
  if (session.is_administrator) {
    const {accounts} = await get("/accounts"), user = h("input", {type: "text", required: true, autocomplete: "off"}), password = h("input", {type: "password", required: true, autocomplete: "new-password"}), admin = h("input", {type: "checkbox", id: "new-admin"});
    admin.checked = session.is_local;
    root.append(section("Accounts", session.is_local ? "With the first account, an administrator's, everybody must log in." : null, accounts.length === 0 ? null : table("All accounts", ["User", "Administrator", "Since", ""], accounts.map(one => h("tr", null, h("th", {scope: "row"}, one.user), h("td", null, one.is_administrator ? "yes" : "no"), h("td", null, when(one.created)),
      h("td", null, one.user === session.user ? null : h("button", {type: "button", class: "plain", onclick: async () => { try { await patch(`/accounts/${encodeURIComponent(one.user)}`, {is_disabled: !one.is_disabled}); refresh(); } catch (error) { failed(error); } }}, one.is_disabled ? "Enable" : "Disable", h("span", {class: "hidden-text"}, ` ${one.user}`)))))),
    h("form", {class: "row", onsubmit: async event => {
      event.preventDefault();
      try {
        await post("/accounts", {user: user.value, password: password.value, is_administrator: admin.checked});
        announce(`${user.value} has an account.`);
        if (session.is_local) await openSession();
        if (session.user) refresh(); else location.hash = "#/login";
      } catch (error) { failed(error); }
    }}, labelled("User", user), labelled("Password", password), h("div", {class: "check"}, admin, h("label", {for: "new-admin"}, "administrator")), h("button", {class: "main"}, "Add an account"))));
  }
  if (session.is_administrator) {
    try {
      const {entries, holds} = await get("/audit");
      root.append(section("Audit log of the server", chainText(holds), auditLog("/audit", entries)));
    } catch (error) { failed(error); }
  }
}
