// Draw the page, then listen.
const tree = new Tree();
const show = (at) => tree.show(at);
drawAbout();
drawStories(show);
drawAgreement();
drawPath(show);
drawSpend();
drawLatents();
tree.tell();

for (const kind of [...new Set(data.events.map((event) => event.kind))].sort()) $('#kind').append(el('option', { value: kind }, kind));
$('#kind').addEventListener('change', (change) => { tree.kind = change.target.value; tree.filter(); tree.tell(); });
$('#search').addEventListener('input', (input) => {
  tree.query = input.target.value.trim();
  tree.box.scrollTop = 0;
  tree.filter();
  if (tree.rows.length) tree.choose(tree.active, false);
});
$('#search').addEventListener('keydown', (press) => {
  if (press.key === 'Enter' || press.key === 'ArrowDown') { press.preventDefault(); if (tree.rows.length) tree.choose(tree.active, true); }
  if (press.key === 'Escape') { press.target.value = tree.query = ''; tree.filter(); tree.focus(); }
});
addEventListener('keydown', (press) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (press.key === '/' && !typing && !press.ctrlKey && !press.metaKey) { press.preventDefault(); $('#trace').scrollIntoView(); $('#search').focus({ preventScroll: true }); $('#search').select(); }
  if (press.key === 'Escape' && (tree.detail.classList.contains('open') || tree.detail.contains(document.activeElement)) && !typing) tree.close();
});

// Which section is being read.
const links = new Map([...document.querySelectorAll('nav a')].map((link) => [link.hash.slice(1), link]));
const watch = new IntersectionObserver((found) => {
  for (const one of found) if (one.isIntersecting) for (const [name, link] of links) link.classList.toggle('here', name === one.target.id);
}, { rootMargin: '-20% 0px -70% 0px' });
for (const name of links.keys()) watch.observe(document.getElementById(name));
