// Search in the list of names: every word must be in the name or in what is said of it; names that begin so come first.
const box = document.getElementById('search'), found = document.getElementById('found');
function rank(entry, words) {
  const name = entry[0].toLowerCase(), text = entry[2].toLowerCase(), last = name.split(/[.:]/).pop();
  let sum = 0;
  for (const w of words) {
    if (last === w || name === w) sum += 8;
    else if (last.startsWith(w)) sum += 4;
    else if (name.includes(w)) sum += 2;
    else if (text.includes(w)) sum += 1;
    else return 0;
  }
  return sum;
}
function search() {
  const words = box.value.toLowerCase().split(/\s+/).filter(w => w);
  const hits = words.length ? names.map(e => [rank(e, words), e]).filter(h => h[0]) : [];
  hits.sort((a, b) => b[0] - a[0] || a[1][0].length - b[1][0].length);
  found.replaceChildren(...hits.slice(0, 30).map(([, e]) => {
    const a = document.createElement('a'), small = document.createElement('small');
    a.href = e[1];
    a.textContent = e[0];
    small.textContent = e[2];
    a.append(small);
    return a;
  }));
}
box.addEventListener('input', search);
box.value = new URLSearchParams(location.search).get('q') || '';
search();
