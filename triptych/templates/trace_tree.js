// Stretches in which nothing ran, as between a run's sessions: those that would take more than a
// twentieth of the time in which something did.
function idleGaps(events, whole) {
  const gaps = [];
  let until = null;
  for (const event of [...events].sort((one, other) => one.at - other.at)) {
    if (until !== null && event.at > until) gaps.push({ from: until, to: event.at });
    until = Math.max(until === null ? event.at : until, event.at + event.ms);
  }
  const work = gaps.reduce((left, gap) => left - (gap.to - gap.from), whole);
  return gaps.filter((gap) => gap.to - gap.from > work / 20);
}

// The trace as an ARIA tree with a waterfall; only the rows in sight are in the document.
class Tree {
  constructor() {
    this.events = data.events;
    this.box = $('#tree'); this.space = $('#tree .space'); this.detail = $('#detail');
    this.closed = new Set(); this.active = 0; this.query = ''; this.kind = '';
    this.from = this.events.reduce((first, event) => Math.min(first, event.at), 0);
    const end = this.events.reduce((last, event) => Math.max(last, event.at + event.ms), this.from + 1);
    this.gaps = idleGaps(this.events, end - this.from);
    this.span = this.place(end);
    this.parents = []; this.hasChildren = []; this.sets = [];
    const above = [], counts = new Map();
    this.events.forEach((event, at) => {
      above.length = event.depth;
      const parent = event.depth ? above[event.depth - 1] : -1;
      this.parents.push(parent);
      if (parent >= 0) this.hasChildren[parent] = true;
      above[event.depth] = at;
      counts.set(parent, (counts.get(parent) || 0) + 1);
      this.sets.push(counts.get(parent));
    });
    this.counts = counts;
    this.box.addEventListener('scroll', () => this.later());
    this.box.addEventListener('keydown', (press) => this.key(press));
    addEventListener('resize', () => this.refresh());
    matchMedia('(max-width: 52rem)').addEventListener('change', () => this.refresh());
    this.filter();
    this.scale();
  }

  // Where a moment stands on the axis, in milliseconds of work: waiting is left out.
  place(at) { return this.gaps.reduce((left, gap) => left - Math.min(Math.max(at - gap.from, 0), gap.to - gap.from), at - this.from); }

  get height() { return matchMedia('(max-width: 52rem)').matches ? 36 : 28; }

  later() { if (!this.waits) { this.waits = true; requestAnimationFrame(() => { this.waits = false; this.draw(); }); } }

  // Which events are shown: matches and what they happened within, less what is folded away.
  filter() {
    const wanted = this.query.toLowerCase();
    this.hits = null;
    if (wanted || this.kind) {
      this.words = this.words || this.events.map((event) => JSON.stringify([event.name, event.kind, event.about, event.message, event.status, event.inputs, event.outputs, event.model, event.id]).toLowerCase());
      const sought = JSON.stringify(wanted).slice(1, -1);
      this.hits = new Set();
      this.kept = new Set();
      this.events.forEach((event, at) => {
        if ((this.kind && event.kind !== this.kind) || !this.words[at].includes(sought)) return;
        this.hits.add(at);
        for (let up = at; up >= 0 && !this.kept.has(up); up = this.parents[up]) this.kept.add(up);
      });
    }
    $('#found').textContent = this.hits ? (this.hits.size ? several(this.hits.size, 'match').replace(/matchs$/, 'matches') : 'no match') : several(this.events.length, 'event');
    if (this.hits && this.hits.size && !this.hits.has(this.active)) this.active = this.hits.values().next().value;
    this.refresh();
  }

  refresh() {
    const hidden = [];
    this.rows = [];
    this.events.forEach((event, at) => {
      const parent = this.parents[at];
      hidden[at] = parent >= 0 && (hidden[parent] || (this.closed.has(parent) && !this.hits));
      if (!hidden[at] && (!this.hits || this.kept.has(at))) this.rows.push(at);
    });
    this.spot = new Map(this.rows.map((at, row) => [at, row]));
    while (this.active > 0 && !this.spot.has(this.active)) this.active = this.parents[this.active] >= 0 ? this.parents[this.active] : 0;
    if (!this.spot.has(this.active) && this.rows.length) this.active = this.rows[0];
    this.space.style.height = `${this.rows.length * this.height}px`;
    this.draw();
  }

  draw() {
    const focused = this.space.contains(document.activeElement);
    const first = Math.max(Math.floor(this.box.scrollTop / this.height) - 8, 0);
    const last = Math.min(Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.height) + 8, this.rows.length);
    const shown = [];
    for (let row = first; row < last; row++) shown.push(this.row(row));
    const spot = this.spot.get(this.active);
    if (spot < first) shown.unshift(this.row(spot));
    if (spot >= last) shown.push(this.row(spot));
    this.space.replaceChildren(...shown);
    if (focused) this.focus();
  }

  row(spot) {
    const at = this.rows[spot], event = this.events[at], opened = this.hasChildren[at] && (this.hits || !this.closed.has(at));
    const left = 100 * this.place(event.at) / this.span, wide = 100 * this.place(event.at + event.ms) / this.span - left, late = left + wide > 70;
    const status = event.kind === 'verdict' && event.outputs && event.outputs.status ? event.outputs.status : event.status;
    const mark = `${status ? `s-${status} ` : ''}k-${event.kind}`;
    const name = ['regeneration', 'retry', 'resume', 'approval'].includes(event.kind) ? `${event.kind}: ${event.name}` : event.name;
    const about = [event.attempt && `#${event.attempt}`, status, event.about && words(event.about), event.message].filter(Boolean).join(' · ');
    return el('div', { class: 'row', role: 'treeitem', 'data-at': at, tabindex: at === this.active ? 0 : -1, 'aria-level': event.depth + 1, 'aria-selected': String(at === this.active), 'aria-expanded': this.hasChildren[at] ? String(Boolean(opened)) : null,
      'aria-setsize': this.counts.get(this.parents[at]), 'aria-posinset': this.sets[at], 'aria-label': `${event.kind} ${event.name}, ${duration(event.ms)}${about ? `, ${about.slice(0, 200)}` : ''}`,
      css: { top: `${spot * this.height}px` }, on: { click: (press) => { if (press.target.className === 'fold' && this.hasChildren[at]) this.fold(at); this.choose(at, true); this.open(); } } },
    el('span', { class: 'what', css: { paddingLeft: `${Math.min(event.depth, 8) * 0.9}rem` } }, el('span', { class: 'fold' }, this.hasChildren[at] ? (opened ? '▾' : '▸') : ''), el('span', { class: `mark ${mark}` }), el('b', {}, this.marked(name)), el('em', {}, this.marked(about.slice(0, 160)))),
    el('span', { class: 'time' }, el('i', { class: mark, css: { left: `${Math.min(left, 99.7)}%`, width: `${wide}%` } }), event.ms > 0 && el('span', { css: late ? { right: `${100 - left}%` } : { left: `${left + wide}%` } }, left < 12 && late ? '' : duration(event.ms))));
  }

  marked(text) {
    const at = this.query ? text.toLowerCase().indexOf(this.query.toLowerCase()) : -1;
    return at < 0 ? text : [text.slice(0, at), el('mark', {}, text.slice(at, at + this.query.length)), text.slice(at + this.query.length)];
  }

  scale() {
    $('.scale').append(...[0, 0.25, 0.5, 0.75, 1].map((share) => el('span', { css: { left: `${100 * share}%` }, class: share % 0.5 ? 'wide' : '' }, duration(share * this.span))),
      ...this.gaps.map((gap) => el('i', { class: 'gap', title: `${duration(gap.to - gap.from)} of waiting left out`, css: { left: `${100 * this.place(gap.from) / this.span}%` } })));
    if (this.gaps.length) $('#trace .lead').prepend(`${several(this.gaps.length, 'wait')} of ${duration(this.gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0))} in all left out. `);
  }

  fold(at, close = !this.closed.has(at)) { if (close) this.closed.add(at); else this.closed.delete(at); this.refresh(); }

  focus() { const row = this.space.querySelector(`[data-at="${this.active}"]`); if (row) row.focus({ preventScroll: true }); }

  choose(at, focus) {
    this.active = at;
    const spot = this.spot.get(at), top = spot * this.height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    if (top + this.height > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + this.height - this.box.clientHeight;
    this.draw();
    this.tell();
    if (focus) this.focus();
  }

  // From elsewhere on the page: unfold the way to an event and show it.
  show(at) {
    this.query = this.kind = $('#search').value = $('#kind').value = '';
    for (let up = this.parents[at]; up >= 0; up = this.parents[up]) this.closed.delete(up);
    this.active = at;
    this.filter();
    $('#trace').scrollIntoView();
    this.choose(at, true);
    this.open();
  }

  key(press) {
    if (press.ctrlKey || press.metaKey || press.altKey) return;
    const spot = this.spot.get(this.active), page = Math.max(Math.floor(this.box.clientHeight / this.height) - 1, 1);
    const to = { ArrowDown: spot + 1, ArrowUp: spot - 1, Home: 0, End: this.rows.length - 1, PageDown: spot + page, PageUp: spot - page }[press.key];
    if (to !== undefined) this.choose(this.rows[Math.min(Math.max(to, 0), this.rows.length - 1)], true);
    else if (press.key === 'ArrowRight' && this.hasChildren[this.active]) { if (this.closed.has(this.active)) this.fold(this.active, false); else this.choose(this.rows[Math.min(spot + 1, this.rows.length - 1)], true); }
    else if (press.key === 'ArrowLeft') { if (this.hasChildren[this.active] && !this.closed.has(this.active) && !this.hits) this.fold(this.active, true); else if (this.parents[this.active] >= 0) this.choose(this.parents[this.active], true); }
    else if (press.key === 'Enter' || press.key === ' ') { this.tell(); this.open(); this.detail.focus({ preventScroll: true }); }
    else if (press.key.startsWith('Arrow')) { /* nowhere to go */ }
    else return;
    press.preventDefault();
  }

  open() { this.detail.classList.add('open'); }
  close() { this.detail.classList.remove('open'); this.focus(); }

  // All that is known of the chosen event.
  tell() {
    const event = this.events[this.active];
    if (!event) return;
    const spend = event.spend || {}, made = event.outputs && event.outputs.asset;
    const code = (name, content) => content && [el('h4', {}, name), el('pre', {}, JSON.stringify(content, null, 2))];
    this.detail.replaceChildren(
      el('button', { class: 'link close', on: { click: () => this.close() } }, 'close'),
      el('h3', {}, event.name, el('span', { class: `tag ${event.status || ''}` }, event.status || event.kind)),
      ...[event.message && el('p', { class: 'note' }, event.message),
        made && made.digest && made.media_type !== 'text/plain' && data.media[made.digest] ? picture(made.digest, 'what it made', true) : null].filter(Boolean),
      facts([['kind', event.kind], ['about', event.about], ['began', `+${duration(event.at)}`], ['took', duration(event.ms)], ['seed', event.seed], ['model', event.model && event.model.name],
        ['revision', event.model && event.model.revision], ['NFE', spend.nfe && count(spend.nfe)], ['tokens', (spend.tokens_in || spend.tokens_out) && `${count(spend.tokens_in)} in, ${count(spend.tokens_out)} out`], ['model time', spend.seconds && duration(1000 * spend.seconds)], ['memory', spend.peak_memory && `${(spend.peak_memory / 1e6).toFixed(0)} MB`], ['id', el('span', { class: 'mono' }, event.id)]]),
      ...[code('inputs', event.inputs), code('outputs', event.outputs)].flat().filter(Boolean));
    this.detail.setAttribute('aria-label', `Event ${event.name}`);
    this.detail.scrollTop = 0;
  }
}
