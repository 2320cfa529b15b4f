// Who, what and how it ended; then each deliverable as a strip of attempts.
function drawAbout() {
  const { run } = data, plan = run.plan || {}, brief = run.brief || {}, settings = run.settings || {};
  const spend = data.spend.reduce((sum, agent) => ({ nfe: sum.nfe + agent.spend.nfe, read: sum.read + agent.spend.tokens_in, written: sum.written + agent.spend.tokens_out }), { nfe: 0, read: 0, written: 0 });
  $('#about').append(
    el('div', { class: 'soft' }, tag(run.state), ` ${run.name}`, settings.profile ? ` · profile ${settings.profile} · seed ${settings.seed}` : ''),
    el('h1', { id: 'title' }, plan.key_message || 'A run without a plan yet'),
    el('details', { class: 'brief' }, el('summary', {}, 'Brief and plan'), el('div', {}, [
      brief.description, ...(brief.facts || []).map((fact) => `• ${fact}`), '',
      plan.visual && `Picture: ${plan.visual}`, plan.motion && `Film: ${plan.motion}`, ...(plan.notes || []).map((note) => `Note: ${note}`)].filter((line) => line !== undefined && line !== null).join('\n'))),
    el('dl', { class: 'facts' }, [
      ['Took', duration(1000 * run.seconds || 1000 * run.length)], ['Deliverables', count(data.stories.length)], ['Parts made again', count(run.regenerations)],
      ['Denoiser evaluations', count(spend.nfe)], ['Tokens in / out', `${count(spend.read)} / ${count(spend.written)}`], ['Events', count(data.events.length)],
    ].map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))));
  if (run.report) $('#report').hidden = false;
}

function drawStories(show) {
  const body = $('#story .body');
  if (!data.stories.length) body.append(el('p', { class: 'note' }, 'Nothing was made yet.'));
  for (const story of data.stories) {
    const strip = el('div', { class: 'strip', tabindex: 0, role: 'group', 'aria-label': `attempts at ${words(story.name)}` });
    story.attempts.forEach((attempt, at) => {
      if (at) strip.append(betweenOf(story.attempts[at - 1], attempt));
      strip.append(attemptOf(story, attempt, at, show));
    });
    body.append(el('article', { class: 'card deliverable' },
      el('h3', {}, words(story.name), tag(story.status), el('span', { class: 'soft' }, several(story.attempts.length, 'attempt'))),
      story.message && el('p', { class: 'note' }, story.message), summaryOf(story), strip));
  }
}

// The story in sentences: why each regeneration happened, and what came of it.
function summaryOf(story) {
  const told = story.attempts.slice(1).map((attempt, at) => {
    const before = story.attempts[at];
    const parts = remade(attempt);
    const first = PARTS.find((part) => parts.includes(part));
    const why = first && attempt.parts[first].why || (before.verdict && before.verdict.reason) || 'no reason was given';
    const verdict = attempt.verdict;
    return el('li', {}, el('b', {}, `Attempt ${attempt.number}`), `: ${parts.map((part) => PART_NAMES[part].toLowerCase()).join(' and ') || 'nothing'} made again, because: `, el('em', {}, short(why)), ' → ', verdict ? el('span', { class: verdict.status }, verdict.status) : 'not judged', moved(before, attempt));
  });
  return told.length ? el('ul', { class: 'sum' }, told) : '';
}

const remade = (attempt) => PARTS.filter((part) => attempt.parts[part] && !attempt.parts[part].kept);
const short = (text) => (text.length > 240 ? `${text.slice(0, 239)}…` : text);
const scoreOf = (attempt, pair) => attempt.verdict && attempt.verdict.scores.find((score) => score.pair === pair);

function moved(before, now) {
  const told = (now.verdict ? now.verdict.scores : []).map((score) => [score, scoreOf(before, score.pair)])
    .filter(([score, old]) => old && (old.passed !== score.passed || !old.passed) && Math.abs(old.cosine - score.cosine) >= 0.0005)
    .map(([score, old]) => `${PAIR_NAMES[score.pair]} ${decimals(old.cosine)} → ${decimals(score.cosine)} (needs ${decimals(score.threshold)})`);
  return told.length ? `: ${told.join('; ')}` : '';
}

function attemptOf(story, attempt, at, show) {
  const { copy, image, clip } = attempt.parts, verdict = attempt.verdict;
  const stands = story.best === attempt.number || (story.best === null && at === story.attempts.length - 1 && verdict && verdict.status === 'passed');
  const figure = (part, found) => el('figure', { class: found.kept ? 'kept' : '' }, picture(found.media, `${part}, attempt ${found.attempt}`), el('figcaption', {}, `${PART_NAMES[part]} ${found.attempt}${found.kept ? ' · kept' : at ? ' · new' : ''}${part === 'clip' ? ' ▸' : ''}`));
  return el('section', { class: `attempt${stands ? ' stands' : ''}`, 'aria-label': `attempt ${attempt.number}` },
    el('header', {}, el('strong', {}, `Attempt ${attempt.number}`), tag(verdict ? verdict.status : 'not judged'), stands && el('span', { class: 'stand' }, '✓ stands')),
    (image || clip) && el('div', { class: 'pics' }, image && figure('image', image), clip && figure('clip', clip)),
    copy && el('div', { class: `words${copy.kept ? ' kept' : ''}`, tabindex: 0 }, copy.text || ''),
    el('div', { class: 'how' }, latentsLine(copy), PARTS.filter((part) => attempt.parts[part]).map((part) => howMade(part, attempt.parts[part]))),
    verdict && el('div', { class: 'verdict' }, verdict.scores.map(gauge),
      verdict.reason ? el('p', {}, short(verdict.reason)) : verdict.status === 'passed' && el('p', { class: 'soft' }, 'Every pair reached its threshold.'),
      verdict.missing.length > 0 && el('p', {}, el('span', { class: 'soft' }, 'missing: '), verdict.missing.join(', ')),
      attempt.event !== null && el('p', {}, el('button', { class: 'link', on: { click: () => show(attempt.event) } }, 'verdict in the trace'))),
    el('details', { class: 'made' }, el('summary', {}, 'How each part was made'), PARTS.filter((part) => attempt.parts[part]).map((part) => origin(part, attempt.parts[part], show))));
}

function gauge(score) {
  const at = (value) => `${100 * Math.min(Math.max((value + 0.2) / 1.2, 0), 1)}%`;
  const passed = score.passed ? 'passed' : 'failed';
  return el('div', { class: 'pair', title: `cosine ${decimals(score.cosine)}, needs ${decimals(score.threshold)}${score.z === null ? '' : `, z ${decimals(score.z, 1)}`}` },
    el('span', {}, PAIR_NAMES[score.pair]),
    el('span', { class: `num ${passed}`, 'aria-label': `${decimals(score.cosine)}, ${passed}, needs ${decimals(score.threshold)}` }, decimals(score.cosine), ' ', el('small', {}, `needs ${decimals(score.threshold)}`)),
    el('div', { class: `gauge ${passed}` }, el('i', { css: { width: at(score.cosine) } }), el('b', { css: { left: at(score.threshold) } })));
}

function latentsLine(copy) {
  const strip = copy && copy.latents && latentsStrip(copy.latents);
  return strip ? el('div', { class: 'zline', title: `shared latents Z, ${data.media[copy.latents].shape.join(' × ')}` }, 'Z', strip) : '';
}

// In a line: from which seed, with which score, and what was asked for.
function howMade(part, made) {
  const told = [`seed ${made.seed}`, made.score === null ? '' : `score ${decimals(made.score)}`].filter(Boolean).join(' · ');
  return el('div', { class: made.kept ? 'kept' : '' }, el('b', {}, `${PART_NAMES[part]} ${made.attempt}`), ` ${told}`,
    made.prompt && !made.kept && el('span', { class: 'prompt', title: made.prompt }, made.prompt));
}

function origin(part, made, show) {
  const spent = [made.spend.seconds && duration(1000 * made.spend.seconds), made.spend.nfe && `${count(made.spend.nfe)} NFE`, made.spend.tokens_out && `${count(made.spend.tokens_out)} tokens`].filter(Boolean).join(' · ');
  const z = made.latents && data.media[made.latents];
  return el('section', {}, el('h4', {}, `${PART_NAMES[part]}, attempt ${made.attempt}`, made.event !== null && el('button', { class: 'link', on: { click: () => show(made.event) } }, 'in the trace')),
    facts([['prompt', made.prompt], ['seed', made.seed], ['score', made.score === null ? null : decimals(made.score)], ['model', made.model], ['spent', spent],
      ['made from', made.parents.map((digest) => digest.slice(0, 8)).join(', ')], ['file', el('span', { class: 'mono' }, made.digest.slice(0, 16))],
      ['latents', z && z.shape ? `Z ${z.shape.join(' × ')}` : null]]),
    made.latents && latentsStrip(made.latents), made.tried.length > 1 && el('div', { class: 'tried', role: 'group', 'aria-label': 'what the search tried' }, made.tried.map((one) => el('figure', { class: one.best ? 'best' : '' },
      picture(one.media, `${part} tried with seed ${one.seed}`), el('figcaption', {}, one.best ? 'chosen' : 'not chosen', el('br'), one.score === null ? '' : `score ${decimals(one.score)}`)))), made.notes.map((note) => el('div', { class: 'soft' }, note)));
}

// What stands between two attempts: why, and what was different.
function betweenOf(before, attempt) {
  return el('section', { class: 'between', 'aria-label': `what changed before attempt ${attempt.number}` }, remade(attempt).map((part) => {
    const made = attempt.parts[part];
    return [el('h4', {}, `${PART_NAMES[part]} made again`), el('p', { class: made.why === 'what it was made from has changed' ? 'soft' : 'why' }, short(made.why || 'no reason was given')),
      el('dl', {}, made.changes.map((change) => [el('dt', {}, change.what), el('dd', {}, told(change))]))];
  }), remade(attempt).length ? '' : el('p', { class: 'soft' }, 'Judged again; nothing was made.'));
}

function told(change) {
  if (change.words) return change.words.map(([sign, text]) => [sign === '=' ? shortened(text) : el(sign === '+' ? 'ins' : 'del', {}, text.trimEnd()), ' ']);
  const value = (found) => (found === null || found === '' ? '–' : Number.isInteger(found) || typeof found === 'string' ? String(found) : decimals(found));
  return 'from' in change ? `${value(change.from)} → ${value(change.to)}` : value(change.to);
}

function shortened(text) {
  const found = text.trim().split(/\s+/);
  const line = found.length > 9 ? `${found.slice(0, 4).join(' ')} … ${found.slice(-3).join(' ')}` : found.join(' ');
  return line.length > 120 ? `${line.slice(0, 70)} … ${line.slice(-30)}` : line;
}
