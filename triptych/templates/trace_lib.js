// What all parts of the page use. Text becomes text nodes, never markup.
const data = JSON.parse(document.getElementById('data').textContent);
const $ = (query) => document.querySelector(query);
const PARTS = ['copy', 'image', 'clip'];
const PART_NAMES = { copy: 'Copy', image: 'Picture', clip: 'Clip' };
const PAIR_NAMES = { 'text-image': 'copy · picture', 'text-video': 'copy · clip', 'image-video': 'picture · clip' };

function el(tag, options, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(options || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') for (const [kind, act] of Object.entries(value)) made.addEventListener(kind, act);
    else if (name === 'css') Object.assign(made.style, value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false && child !== ''));
  return made;
}

function svg(tag, options, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(options || {})) made.setAttribute(name, value);
  made.append(...children.flat(9));
  return made;
}

const words = (name) => String(name).replace(/[-_]/g, ' ');
const tag = (status) => el('span', { class: `tag ${status}` }, words(status));
const decimals = (value, digits = 3) => (value === null || value === undefined ? '–' : Number(value).toFixed(digits));
const count = (value) => Number(value || 0).toLocaleString('en-US');
const several = (number, name) => `${count(number)} ${name}${number === 1 ? '' : 's'}`;

function duration(ms) {
  if (ms < 1) return ms > 0 ? '<1 ms' : '0 ms';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 120000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60000);
  return minutes < 120 ? `${minutes} min ${Math.round(ms / 1000 - minutes * 60)} s` : `${(ms / 3600000).toFixed(1)} h`;
}

// A picture or clip of the run, or a line that says why it is not shown. A clip without controls
// plays while it is pointed at or in focus, and at a tap.
function picture(name, label, controls) {
  const found = data.media[name];
  if (!found || !found.uri) return el('div', { class: 'none' }, found ? `${found.why} (${found.path})` : 'not in the run folder');
  if (!found.uri.startsWith('data:video')) return el('img', { src: found.uri, alt: label, loading: 'lazy' });
  const video = el('video', { src: found.uri, poster: found.poster, 'aria-label': label, loop: true, playsinline: true, preload: 'metadata', controls, tabindex: 0 });
  video.muted = true;
  if (controls) return video;
  const play = () => video.play().catch(() => {}), pause = () => video.pause();
  for (const [kind, act] of [['pointerenter', play], ['pointerleave', pause], ['focus', play], ['blur', pause]]) video.addEventListener(kind, act);
  return video;
}

// Shared latents as a strip: blue above zero, orange below.
function latentsStrip(name) {
  const z = data.media[name];
  if (!z || !z.cells) return null;
  const cells = atob(z.cells);
  const canvas = el('canvas', { class: 'z', width: z.columns, height: z.rows, role: 'img', 'aria-label': `shared latents, ${z.shape.join(' by ')}` });
  const paint = canvas.getContext('2d');
  const style = getComputedStyle(document.documentElement);
  const heat = style.getPropertyValue('--heat'), cold = style.getPropertyValue('--cold');
  for (let i = 0; i < cells.length; i++) {
    const value = (cells.charCodeAt(i) - 128) / 127;
    paint.globalAlpha = Math.min(Math.abs(value), 1);
    paint.fillStyle = value > 0 ? heat : cold;
    paint.fillRect(i % z.columns, Math.floor(i / z.columns), 1, 1);
  }
  return canvas;
}

const facts = (pairs) => el('dl', {}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));

function switcher(names, choose, chosen = 0) {
  const buttons = names.map((name, at) => el('button', { type: 'button', 'aria-pressed': String(at === chosen), on: { click: () => {
    buttons.forEach((button, other) => button.setAttribute('aria-pressed', String(other === at)));
    choose(at);
  } } }, name));
  return names.length > 1 ? el('div', { class: 'switch' }, buttons) : '';
}
