// The session, tokens for programs; for administrators accounts and the audit log of the whole server.

import {h, section, table, labelled, announce} from "./dom.js";
import {get, post, patch, remove, session} from "./api.js";
import {problemBox} from "./app.js";
import {auditTable, when} from "./view_versions.js";

export async function render({root, heading, refresh}) {
  heading.textContent = "Account";
  root.append(session.is_local ? h("p", {class: "intro"}, "This server has no accounts: it listens on this machine only, and whoever uses it owns everything.")
    : h("p", {class: "intro"}, `Logged in as ${session.user}. `, h("button", {type: "button", onclick: async () => { await remove("/session"); session.user = null; location.hash = "#/login"; }}, "Log out")));
  const trouble = h("div"), failed = error => trouble.replaceChildren(problemBox(error));
  root.append(trouble);

  if (!session.is_local) {
    const {tokens} = await get("/tokens"), name = h("input", {type: "text", required: true, autocomplete: "off"}), made = h("div");
    root.append(section("Tokens", "A token lets a program act as you. It is shown once.",
      tokens.length ? table("Tokens", ["Name", "Made", ""], tokens.map(one => h("tr", null, h("th", {scope: "row"}, one.name), h("td", null, when(one.created)), h("td", null, h("button", {type: "button", class: "plain danger", onclick: async () => { try { await remove(`/tokens/${encodeURIComponent(one.id)}`); refresh(); } catch (error) { failed(error); } }}, "Withdraw", h("span", {class: "hidden-text"}, ` ${one.name}`)))))) : h("p", null, "None."),
      h("form", {class: "row", onsubmit: async event => {
        event.preventDefault();
        try {
          const {token} = await post("/tokens", {name: name.value});
          made.replaceChildren(h("div", {class: "done"}, h("p", null, "Keep it now; it is not shown again:"), h("pre", {tabindex: "0"}, token)));
          announce("The token is made.");
        } catch (error) { failed(error); }
      }}, labelled("What it is for", name), h("button", {class: "main"}, "Make a token")), made));
  }
  if (session.is_administrator && !session.is_local) {
    const {accounts} = await get("/accounts"), user = h("input", {type: "text", required: true, autocomplete: "off"}), password = h("input", {type: "password", required: true, autocomplete: "new-password"}), admin = h("input", {type: "checkbox", id: "new-admin"});
    root.append(section("Accounts", null, table("Accounts", ["User", "Administrator", "Since", ""], accounts.map(one => h("tr", null, h("th", {scope: "row"}, one.user), h("td", null, one.is_administrator ? "yes" : "no"), h("td", null, when(one.created)),
      h("td", null, one.user === session.user ? null : h("button", {type: "button", class: "plain", onclick: async () => { try { await patch(`/accounts/${encodeURIComponent(one.user)}`, {is_disabled: !one.is_disabled}); refresh(); } catch (error) { failed(error); } }}, one.is_disabled ? "Enable" : "Disable", h("span", {class: "hidden-text"}, ` ${one.user}`)))))),
    h("form", {class: "row", onsubmit: async event => {
      event.preventDefault();
      try { await post("/accounts", {user: user.value, password: password.value, is_administrator: admin.checked}); refresh(); } catch (error) { failed(error); }
    }}, labelled("User", user), labelled("Password", password), h("div", {class: "check"}, admin, h("label", {for: "new-admin"}, "administrator")), h("button", {class: "main"}, "Add an account"))));
  }
  if (session.is_administrator) {
    try {
      const {entries, holds} = await get("/audit");
      root.append(section("Audit log of the server", holds === false ? "The chain of hashes does not hold: the log was changed outside of onus." : "Each entry holds the hash of the one before.", entries.length ? auditTable(entries) : h("p", null, "Empty.")));
    } catch (error) { failed(error); }
  }
}
