// Who may see the case, and as whom.

import {h, table, select, labelled, section, announce} from "./dom.js";
import {get, put, remove, casePath} from "./api.js";
import {problemBox} from "./app.js";

const ROLES = [["owner", "owner: everything, members too"], ["party", "party: edits, sees what its position may open"], ["reader", "reader: sees what is public"]];

export async function render({root, context, refresh}) {
  const {members} = await get(casePath(context.id, "/members")), trouble = h("div"), path = user => casePath(context.id, `/members/${encodeURIComponent(user)}`);
  const positions = [["", "none"], ...(context.info.positions ?? []).map(one => [one.id, one.name ?? one.id])];
  const change = async (user, role, position) => {
    try {
      await put(path(user), {role, position: position || null});
      announce(`${user} is ${role}.`);
      refresh();
    } catch (error) { trouble.replaceChildren(problemBox(error)); }
  };
  root.append(h("p", {class: "intro"}, "A party sees the case from its own position, and of sealed items only what was opened to it."), trouble,
    members.length ? table("Members", ["User", "Role", "Position", ""], members.map(one => h("tr", null, h("th", {scope: "row"}, one.user),
      h("td", null, context.is_owner ? select(ROLES.map(([id]) => [id, id]), one.role, role => change(one.user, role, one.position), {"aria-label": `Role of ${one.user}`}) : one.role),
      h("td", null, context.is_owner ? select(positions, one.position, position => change(one.user, one.role, position), {"aria-label": `Position of ${one.user}`}) : one.position ?? ""),
      h("td", null, context.is_owner ? h("button", {type: "button", class: "plain danger", onclick: async () => { try { await remove(path(one.user)); refresh(); } catch (error) { trouble.replaceChildren(problemBox(error)); } }}, "Remove", h("span", {class: "hidden-text"}, ` ${one.user}`)) : null)))) : h("p", null, "Nobody is named: whoever reaches this server on this machine owns the case."));
  if (!context.is_owner) return;
  const user = h("input", {type: "text", required: true, autocomplete: "off"});
  let role = "party", position = "";
  root.append(section("Add somebody", null, h("form", {class: "row", onsubmit: event => { event.preventDefault(); change(user.value, role, position); }},
    labelled("User", user), labelled("Role", select(ROLES, role, value => { role = value; })), labelled("Position", select(positions, position, value => { position = value; })), h("button", {class: "main"}, "Add"))));
}
