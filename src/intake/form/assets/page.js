// What is better with JavaScript: one entry in the history at most, the Escape key, the position of
// the phone, and that nothing typed is lost where the line breaks while it is sent. Written for old
// browsers; everything works without it.
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

  // A page is sent beside itself: where the line breaks, it stays as it is and says so. Sent again, it
  // is the same report. An answer takes its place, without an entry in the history.
  var pressedLast;
  document.addEventListener('click', function (event) {
    var at = event.target;
    if (at && at.tagName === 'BUTTON' && at.type === 'submit') { pressedLast = at; }
  });
  function send(event) {
    var form = this;
    var by = event.submitter || pressedLast;
    var button = by && by.form === form && by.className !== 'gone' ? by : form.querySelector('button.go');
    var told = document.getElementById('unsent');
    event.preventDefault();
    if (form.getAttribute('data-sent')) { return; }
    form.setAttribute('data-sent', '1');
    var data = new FormData(form);
    if (button && button.name) { data.append(button.name, button.value); }
    var request = new XMLHttpRequest();
    var face = button && button.innerHTML;
    var many = form.enctype === 'multipart/form-data';
    function failed() {
      form.removeAttribute('data-sent');
      if (button) { button.innerHTML = face; }
      told.className = 'note bad';
      told.textContent = told.getAttribute('data-text');
      told.scrollIntoView();
      told.focus();
    }
    request.open('POST', form.action);
    request.timeout = many ? 960000 : 90000;
    request.onerror = request.ontimeout = request.onabort = failed;
    request.onload = function () {
      // What stands between (a portal, a proxy) may answer in our place: her words stay.
      if (request.responseText.indexOf('id="unsent"') < 0) { failed(); return; }
      document.open();
      document.write(request.responseText);
      document.close();
      window.scrollTo(0, 0);
    };
    if (button) { button.textContent = '\u2026'; }
    if (request.upload && many) {
      request.upload.onprogress = function (part) {
        if (part.lengthComputable) { button.textContent = Math.round(100 * part.loaded / part.total) + ' %'; }
      };
    }
    told.className = 'off';
    if (many) { request.send(data); return; }
    var pairs = [];
    data.forEach(function (value, name) {
      if (typeof value === 'string') { pairs.push(encodeURIComponent(name) + '=' + encodeURIComponent(value)); }
    });
    request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    request.send(pairs.join('&'));
  }
  if (window.FormData && FormData.prototype.forEach && document.getElementById('unsent')) {
    var forms = document.querySelectorAll('form[method=post]');
    for (var k = 0; k < forms.length; k++) { forms[k].addEventListener('submit', send); }
  }

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
