// Agreement over attempts, the graph, spend and the latents' map.
function drawAgreement() {
  const body = $('#agreement .body');
  for (const story of data.stories) {
    const pairs = Object.keys(PAIR_NAMES).filter((pair) => story.attempts.some((attempt) => scoreOf(attempt, pair)));
    if (pairs.length) body.append(el('article', { class: 'card' }, el('h3', {}, words(story.name)), el('div', { class: 'panels' }, pairs.map((pair) => el('figure', {}, el('figcaption', {}, PAIR_NAMES[pair], needs(story.attempts, pair)), chart(story.attempts, pair))))));
  }
  if (!body.children.length) body.append(el('p', { class: 'note' }, 'The critic measured nothing here.'));
}

function needs(attempts, pair) {
  const limits = [...new Set(attempts.map((attempt) => scoreOf(attempt, pair)).filter(Boolean).map((score) => decimals(score.threshold)))];
  return limits.length === 1 ? ` · needs ${limits[0]}` : ` · needed ${limits.join(', then ')}`;
}

function chart(attempts, pair) {
  const wide = 330, high = 150, left = 34, right = 12, top = 16, low = high - 22;
  const points = attempts.map((attempt, at) => ({ at, number: attempt.number, ...scoreOf(attempt, pair) }));
  const known = points.filter((point) => point.cosine !== undefined);
  const values = known.flatMap((point) => [point.cosine, point.threshold]);
  const room = Math.max((Math.max(...values) - Math.min(...values)) * 0.2, 0.02);
  const least = Math.min(...values) - room, most = Math.max(...values) + room;
  const x = (at) => (attempts.length === 1 ? (left + wide - right) / 2 : left + 16 + (at * (wide - right - left - 32)) / (attempts.length - 1));
  const y = (value) => low - ((value - least) / (most - least)) * (low - top);
  const ticks = [0.25, 0.75].map((share) => least + share * (most - least));
  const every = Math.ceil(points.length / 12);
  const limit = known.map((point, at) => `${at ? 'L' : 'M'}${at ? x(point.at) : left} ${y(point.threshold)}`).join('') + `L${wide - right} ${y(known[known.length - 1].threshold)}`;
  return svg('svg', { viewBox: `0 0 ${wide} ${high}`, role: 'img', 'aria-label': known.map((point) => `attempt ${point.number}: ${decimals(point.cosine)}, needs ${decimals(point.threshold)}`).join('; ') },
    ticks.map((value) => [svg('line', { class: 'axis', x1: left, x2: wide - right, y1: y(value), y2: y(value) }), svg('text', { x: left - 5, y: y(value) + 4, 'text-anchor': 'end' }, decimals(value, 2))]),
    svg('path', { class: 'limit', d: limit, fill: 'none' }),
    svg('path', { class: 'line', d: known.map((point, at) => `${at ? 'L' : 'M'}${x(point.at)} ${y(point.cosine)}`).join('') }),
    known.map((point) => [svg('circle', { class: `dot${point.passed ? '' : ' below'}`, cx: x(point.at), cy: y(point.cosine), r: 4 }),
      known.length < 9 ? svg('text', { class: 'value', x: x(point.at), y: y(point.cosine) + (point.cosine < point.threshold ? 17 : -9), 'text-anchor': 'middle' }, decimals(point.cosine)) : []]),
    points.filter((point) => point.at % every === 0).map((point) => svg('text', { x: x(point.at), y: high - 4, 'text-anchor': 'middle' }, `${point.number}${point.cosine === undefined ? ' (none)' : ''}`)));
}

const STEPS = ['plan', 'copy', 'image', 'clip', 'verdict', 'finish'];

function drawPath(show) {
  const body = $('#path .body'), names = Object.keys(data.paths).filter((name) => name);
  const shared = data.paths[''] || [], place = el('div', {});
  const narrow = matchMedia('(max-width: 52rem)');
  let chosen = 0;
  const draw = () => {
    const name = names[chosen];
    const steps = [...shared, ...(name ? data.paths[name] : [])];
    const story = data.stories.find((found) => found.name === name);
    place.replaceChildren(graph(steps, Boolean(story && story.status !== 'unfinished'), narrow.matches),
      el('ol', { class: 'steps', 'aria-label': 'steps taken' }, steps.map((step) => el('li', {}, el('button', { type: 'button', class: step.status === 'ok' ? '' : step.status, on: { click: () => show(step.event) } }, step.node, step.attempt > 1 ? ` ${step.attempt}` : '', step.status === 'ok' ? '' : ` · ${step.status}`)))));
  };
  narrow.addEventListener('change', draw);
  body.append(el('div', { class: 'card' }, switcher(names.map(words), (at) => { chosen = at; draw(); }), place));
  draw();
}

// Nodes in a row (in a column on a phone); ways forward between them, ways back as arcs.
function graph(steps, finished, upright) {
  const visits = {}, taken = {};
  const went = steps.map((step) => step.node).concat(finished ? ['finish'] : []);
  went.forEach((node, at) => { visits[node] = (visits[node] || 0) + 1; if (at) { const edge = `${went[at - 1]}>${node}`; taken[edge] = (taken[edge] || 0) + 1; } });
  const size = { wide: 98, high: 44 }, gap = upright ? 78 : 146, start = upright ? 30 : 60;
  const centre = (at) => (upright ? [100, start + at * gap] : [start + at * gap, 130]);
  const edges = [...STEPS.slice(1).map((node, at) => [at, at + 1]), [1, 4], [2, 4], [4, 1], [4, 2], [4, 3]];
  const parts = edges.map(([from, to]) => {
    const times = taken[`${STEPS[from]}>${STEPS[to]}`] || 0, back = to < from, jump = !back && to - from > 1;
    const [x1, y1] = centre(from), [x2, y2] = centre(to);
    const kind = `edge${back ? ' back' : ''}${times ? ' taken' : ''}`;
    const bow = 20 + 26 * Math.abs(from - to), shift = back ? 10 * (4 - to) - 24 : 0;
    let d, at, tip;
    if (!back && !jump) {
      [d, tip] = upright ? [`M${x1} ${y1 + 22}L${x2} ${y2 - 23}`, [x2, y2 - 23, 90]] : [`M${x1 + 49} ${y1}L${x2 - 50} ${y2}`, [x2 - 50, y2, 0]];
    } else if (upright) {
      const side = back ? 1 : -1, a = x1 + side * 49, c = x1 + side * (49 + bow * 0.9), ya = y1 + shift, yb = y2 + (back ? 6 : 0);
      [d, at, tip] = [`M${a} ${ya}C${c} ${ya} ${c} ${yb} ${a} ${yb}`, [a + side * bow * 0.67, (ya + yb) / 2], [a, yb, back ? 180 : 0]];
    } else {
      const side = back ? -1 : 1, a = y1 + side * 22, c = y1 + side * (22 + bow), xa = x1 + shift, xb = x2 + (back ? 8 : 0);
      [d, at, tip] = [`M${xa} ${a}C${xa} ${c} ${xb} ${c} ${xb} ${a}`, [(xa + xb) / 2, a + side * bow * 0.75], [xb, a, back ? 90 : 270]];
    }
    const shape = [svg('path', { class: kind, d }), svg('path', { class: kind, d: 'M-6 -4L0 0L-6 4', transform: `translate(${tip[0]} ${tip[1]}) rotate(${tip[2]})` })];
    if (at && times) shape.push(svg('text', { class: 'edge-label', x: at[0], y: at[1] + 4, 'text-anchor': 'middle' }, back ? `again ×${times}` : `×${times}`));
    return { times, shape };
  });
  const nodes = STEPS.map((node, number) => {
    const [x, y] = centre(number), seen = visits[node] || 0;
    return svg('g', { class: `node${seen ? '' : ' unused'}` }, svg('rect', { x: x - size.wide / 2, y: y - size.high / 2, width: size.wide, height: size.high, rx: 9 }),
      svg('text', { x, y: y + (seen > 1 ? 0 : 4.5) }, node), seen > 1 ? svg('text', { class: 'count', x, y: y + 15 }, `${seen} times`) : []);
  });
  const drawing = svg('svg', { viewBox: upright ? '0 0 260 455' : '0 0 852 228', role: 'img', 'aria-label': `way taken: ${went.join(', ')}` },
    parts.sort((a, b) => a.times - b.times).map((part) => part.shape), nodes);
  if (upright) drawing.style.maxWidth = '20rem';
  return drawing;
}

function drawSpend() {
  const most = Math.max(...data.spend.map((agent) => agent.seconds), 1e-9);
  const memory = (value) => (value ? `${(value / 1e6).toFixed(0)} MB` : '–'), paid = data.spend.some((agent) => agent.spend.cost);
  const peak = Math.max(0, ...data.spend.map((agent) => agent.spend.peak_memory));
  const number = (value) => el('td', { class: 'num' }, value ? count(value) : '–');
  const total = (get) => data.spend.reduce((sum, agent) => sum + get(agent), 0);
  const bar = (share) => el('i', { css: { width: `${100 * share}%` } });
  $('#spend .lead').append(`By agent; ${Math.round((100 * total((agent) => agent.again)) / Math.max(total((agent) => agent.seconds), 1e-9))} % of the time went into regenerations`, el('span', { class: 'wide' }, ', the darker part of a bar'), '.');
  const money = (value) => (paid ? el('td', { class: 'num' }, value ? `$${value.toFixed(4)}` : '–') : '');
  $('#spend .body').append(el('div', { class: 'spend' }, el('table', {},
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'agent'), el('th', { scope: 'col', class: 'num' }, 'calls'), el('th', { scope: 'col', class: 'num' }, 'time'), el('th', { scope: 'col', class: 'wide' }, el('span', {}, '')), el('th', { scope: 'col', class: 'num' }, 'NFE'), el('th', { scope: 'col', class: 'num' }, 'tokens in'), el('th', { scope: 'col', class: 'num' }, 'out'), el('th', { scope: 'col', class: 'num wide' }, 'peak memory'), paid && el('th', { scope: 'col', class: 'num' }, 'cost'))),
    el('tbody', {}, data.spend.map((agent) => el('tr', {}, el('th', { scope: 'row' }, agent.name), number(agent.calls), el('td', { class: 'num' }, duration(1000 * agent.seconds)),
      el('td', { class: 'wide' }, el('div', { class: 'meter', title: `${duration(1000 * agent.again)} of it for regenerations` }, bar(agent.seconds / most), bar(agent.again / most))), number(agent.spend.nfe), number(agent.spend.tokens_in), number(agent.spend.tokens_out), el('td', { class: 'num wide' }, memory(agent.spend.peak_memory)), money(agent.spend.cost)))),
    el('tfoot', {}, el('tr', {}, el('th', { scope: 'row' }, 'all'), number(total((agent) => agent.calls)), el('td', { class: 'num' }, duration(1000 * total((agent) => agent.seconds))), el('td', { class: 'wide' }), number(total((agent) => agent.spend.nfe)), number(total((agent) => agent.spend.tokens_in)), number(total((agent) => agent.spend.tokens_out)), el('td', { class: 'num wide' }, memory(peak)), money(total((agent) => agent.spend.cost)))))));
}

function drawLatents() {
  const body = $('#latents .body');
  const all = data.stories.flatMap((story) => story.attempts.filter((attempt) => attempt.space.source !== 'none').map((attempt) => ({ name: `${words(story.name)} ${attempt.number}`, story, attempt })));
  if (!data.space.there) body.append(el('p', { class: 'note' }, 'This run kept no vectors of its shared latents, so only what the critic measured is filled in. To fill the map, ', el('span', { class: 'mono' }, 'triptych.tracing.common_space.write_embeddings'), ' keeps them as ', el('span', { class: 'mono' }, data.space.file), ' in the run folder: a tensor an asset, named by its digest, (n, E); latents through the model’s CLIP head, a row each.'));
  if (!all.length) return;
  const place = el('div', { class: 'maps' });
  const draw = (at) => place.replaceChildren(...maps(all[at].attempt.space));
  const lead = all.filter((one) => one.story === all[0].story);
  const first = all.indexOf(lead.find((one) => one.attempt.number === one.story.best) || lead[lead.length - 1]);
  body.append(el('div', { class: 'card' }, switcher(all.map((one) => one.name), draw, first), place));
  draw(first);
}

function maps(space) {
  const values = [...space.matrix.flat(), ...space.latents.flat()].filter((value) => value !== null && value < 0.9995);
  const most = Math.max(...values.map(Math.abs), 0.05);
  const cell = (value) => {
    if (value === undefined) return el('div', { class: 'own' }, '1');
    if (value === null) return el('div', { class: 'void', title: 'not known' }, '–');
    const share = Math.min(Math.abs(value) / most, 1) ** 1.5;
    return el('div', { css: { background: `color-mix(in srgb, var(--${value < 0 ? 'cold' : 'heat'}) ${Math.round(100 * share)}%, var(--card))`, color: share > 0.74 ? 'var(--paper)' : '' } }, decimals(value, 2));
  };
  const label = (text, side) => el('div', { class: `label${side ? ' side' : ''}` }, text);
  const grid = (columns, rows, fine) => el('div', { class: `heat${fine ? ' fine' : ''}`, role: 'img', 'aria-label': rows.map(([name, found]) => `${name}: ${found.map((value, at) => `${columns[at]} ${decimals(value, 2)}`).join(', ')}`).join('; '), css: { gridTemplateColumns: `auto repeat(${columns.length}, auto)` } },
    label(''), columns.map((name) => label(name)), rows.map(([name, found]) => [label(name, true), found.map(cell)]));
  const names = ['latents', 'copy', 'picture', 'clip'];
  const whole = el('div', {}, el('h4', {}, 'All against all'), grid(names, names.map((name, at) => [name, space.matrix[at].map((value, other) => (at === other && value !== null ? undefined : value))])),
    el('div', { class: 'key' }, decimals(-most, 2), el('i', {}), decimals(most, 2), el('span', {}, 'cosine')), data.space.clip ? el('div', { class: 'soft mono' }, data.space.clip) : '');
  const each = space.latents.length ? el('div', {}, el('h4', {}, 'Each latent'), grid(names.slice(1), space.latents.slice(0, 64).map((found, at) => [`z${at + 1}`, found]), true)) : '';
  return [whole, each].filter(Boolean);
}
