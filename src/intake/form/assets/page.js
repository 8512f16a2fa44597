// What is better with JavaScript: one entry in the history at most, the Escape key, and the position
// of the phone. Written for old browsers; everything works without it.
(function () {
  'use strict';
  var exits = document.querySelectorAll('a.exit');
  var pressed = [];

  // The page is emptied first: on a slow line the other site takes its time.
  function leave(event) {
    if (event) { event.preventDefault(); }
    document.body.style.display = 'none';
    document.title = '\u200b';
    window.location.replace(exits[0].href);
  }

  for (var i = 0; i < exits.length; i++) { exits[i].addEventListener('click', leave); }

  // A page of ours takes the place of the one before it, so that "back" leads out of them.
  function replace(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    event.preventDefault();
    window.location.replace(this.href);
  }
  var links = document.querySelectorAll('a[href^="/"]');
  for (var j = 0; j < links.length; j++) { links[j].addEventListener('click', replace); }

  document.addEventListener('keydown', function (event) {
    if (event.key !== 'Escape' && event.keyCode !== 27) { pressed = []; return; }
    pressed.push(new Date().getTime());
    if (pressed.length > 3) { pressed.shift(); }
    // Without its default: a browser's own Escape would stop the way out.
    if (pressed.length === 3 && pressed[2] - pressed[0] < 5000) { leave(event); }
  });

  // Who comes back to a page that a browser kept all the same finds an empty form.
  window.addEventListener('pageshow', function (event) {
    if (event.persisted) { window.location.replace('/'); }
  });

  var notice = document.querySelector('[role=alert]');
  if (notice) { notice.focus(); }

  // The numbers of a country as soon as it is chosen; what was typed comes back with them.
  var country = document.getElementById('danger');
  if (country) {
    country.addEventListener('change', function () {
      var show = country.parentNode.querySelector('button');
      if (show) { show.click(); }
    });
  }

  var box = document.getElementById('locate');
  if (!box || !navigator.geolocation) { return; }
  var told = box.querySelector('span');
  function field(name) { return document.querySelector('input[name=' + name + ']'); }
  box.className = '';
  box.querySelector('button').addEventListener('click', function () {
    told.textContent = '\u2026';
    navigator.geolocation.getCurrentPosition(function (position) {
      field('lat').value = position.coords.latitude;
      field('lon').value = position.coords.longitude;
      field('radius_m').value = Math.ceil(position.coords.accuracy);
      told.textContent = box.getAttribute('data-done');
    }, function () {
      told.textContent = box.getAttribute('data-failed');
    }, { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 });
  });
}());
