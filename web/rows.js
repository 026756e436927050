// A factor on an item, as a row that a position may state.

// [M-15]: the likelihoods of the hypotheses that the verdict is about, times a factor. Who imitates somebody and is not named
// in the row follows by [M-2], so he is left out of it; unless the verdict is about him.
export function rowTimes(document_, about, item, times) {
  const written = document_.evidence.find(one => one.id === item.id) ?? {};
  const named = written.likelihood ?? written.ratio ?? written.strength ?? written.vouched?.ratio ?? written.vouched?.likelihood ?? {};
  const favoured = new Set((document_.propositions ?? []).find(one => one.id === about)?.any
    ?? (about.startsWith("country:") ? document_.hypotheses.filter(one => one.country === about.slice(8)).map(one => one.id) : [about]));
  // Ratios are over the open hypothesis: if the verdict is about it, all others fall.
  const whole = document_.hypotheses.some(one => one.open && favoured.has(one.id)) ? times : 1, row = {};
  for (const hypothesis of document_.hypotheses) {
    const {id} = hypothesis, by = (favoured.has(id) ? times : 1) / whole;
    if (hypothesis.open || !(id in item.row) || (hypothesis.imitates && !(id in named) && !favoured.has(id))) continue;
    const [low, high] = item.row_range[id] ?? [item.row[id], item.row[id]];
    row[id] = low < high ? [low * by, high * by] : item.row[id] * by;
  }
  return row;
}
