/* Reading curves off, opening folded tables for print, fewer stops of the Tab key. The page is whole without it.
   All words and numbers stand in the page (`data-reading` of each figure); nothing is computed here but places. */
(function () {
  "use strict";

  function add(parent, tag, text, className) {
    var made = document.createElement(tag);
    if (text) made.textContent = text;
    if (className) made.className = className;
    parent.appendChild(made);
    return made;
  }

  /* The last point of a line at or before a place; beyond its last point there is none. */
  function pointAt(line, x) {
    var points = line.points, found = null;
    if (!points.length || x > points[points.length - 1][0]) return null;
    for (var k = 0; k < points.length && points[k][0] <= x; k += 1) found = points[k];
    return found;
  }

  function between(value, ends, low, high) {
    return low + (value - ends[0]) / (ends[1] - ends[0]) * (high - low);
  }

  function shape(svg, tag, attributes) {
    var made = document.createElementNS(svg.namespaceURI, tag);
    Object.keys(attributes).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    svg.querySelector(".marks").appendChild(made);
  }

  function mark(svg, offered, x) {
    var group = svg.querySelector(".marks");
    while (group.firstChild) group.removeChild(group.firstChild);
    offered.panels.forEach(function (panel) {
      var px = between(x, panel.x, panel.box[0], panel.box[2]);
      shape(svg, "line", { x1: px, x2: px, y1: panel.box[1], y2: panel.box[3], stroke: "#1a1a1a", "stroke-width": 0.8 });
    });
    offered.lines.forEach(function (line) {
      var point = pointAt(line, x), panel = offered.panels[line.panel];
      if (!point || point[0] !== x) return;
      shape(svg, "circle", {
        cx: between(x, panel.x, panel.box[0], panel.box[2]),
        cy: between(point[1], panel.y, panel.box[3], panel.box[1]),
        r: 3, fill: line.colour, stroke: "#ffffff", "stroke-width": 1
      });
    });
  }

  function table(place, offered) {
    var made = add(place, "table");
    var caption = add(made, "caption");
    var head = add(add(made, "thead"), "tr");
    offered.heads.forEach(function (name) { add(head, "th", name).scope = "col"; });
    var body = add(made, "tbody");
    offered.lines.forEach(function (line) {
      var row = add(body, "tr"), name = add(row, "th");
      name.scope = "row";
      add(name, "span", "", "swatch").style.background = line.colour;
      name.appendChild(document.createTextNode(line.name));
    });
    return { caption: caption, rows: body.rows };
  }

  function fill(shown, offered, place) {
    shown.caption.textContent = place[1];
    offered.lines.forEach(function (line, k) {
      var row = shown.rows[k], point = pointAt(line, place[0]);
      while (row.cells.length > 1) row.deleteCell(1);
      if (point && point[0] === place[0]) point[2].forEach(function (words) { add(row, "td", words); });
      else add(row, "td", point && point[3] || offered.ended).colSpan = offered.heads.length - 1;
    });
  }

  function placeAt(svg, offered, event) {
    var box = svg.getBoundingClientRect();
    var px = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
    var panel = offered.panels.filter(function (one) { return px >= one.box[0] - 4 && px <= one.box[2] + 4; })[0];
    if (!panel) return -1;
    var x = between(px, [panel.box[0], panel.box[2]], panel.x[0], panel.x[1]), best = 0;
    offered.places.forEach(function (place, k) {
      if (Math.abs(place[0] - x) < Math.abs(offered.places[best][0] - x)) best = k;
    });
    return best;
  }

  /* The last place at which every line has a point, else the middle. */
  function firstShown(offered) {
    for (var k = offered.places.length - 1; k >= 0; k -= 1) {
      var x = offered.places[k][0];
      if (offered.lines.every(function (line) { return (pointAt(line, x) || [])[0] === x; })) return k;
    }
    return Math.floor(offered.places.length / 2);
  }

  function readable(svg) {
    var offered = JSON.parse(svg.dataset.reading), figure = svg.closest("figure");
    if (!offered.places.length) return;
    var box = document.createElement("div");
    box.className = "reading";
    figure.insertBefore(box, figure.querySelector("figcaption"));
    var label = add(box, "label", offered.label), slider = add(label, "input");
    slider.type = "range";
    slider.min = 0;
    slider.max = offered.places.length - 1;
    slider.value = firstShown(offered);
    add(box, "p", offered.help, "help").id = figure.id + "-help";
    slider.setAttribute("aria-describedby", figure.id + "-help");
    var region = add(box, "div");
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    region.setAttribute("aria-atomic", "true");
    var shown = table(region, offered), marks = document.createElementNS(svg.namespaceURI, "g");
    marks.setAttribute("class", "marks");
    svg.appendChild(marks);

    function show() {
      var place = offered.places[slider.value];
      slider.setAttribute("aria-valuetext", place[1]);
      fill(shown, offered, place);
      mark(svg, offered, place[0]);
    }
    function follow(event) {
      var k = placeAt(svg, offered, event);
      if (k < 0 || k === Number(slider.value)) return;
      slider.value = k;
      show();
    }
    slider.addEventListener("input", show);
    svg.addEventListener("pointermove", follow);
    svg.addEventListener("pointerdown", follow);
    show();
  }

  function stops() {
    document.querySelectorAll(".scroll").forEach(function (region) {
      if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
      else region.removeAttribute("tabindex");
    });
  }

  function unfold() {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    var folded = target && target.querySelector(":scope > details");
    if (folded) folded.open = true;
  }

  document.querySelectorAll("svg[data-reading]").forEach(readable);
  document.querySelectorAll("details").forEach(function (one) { one.addEventListener("toggle", stops); });
  window.addEventListener("resize", stops);
  window.addEventListener("hashchange", unfold);
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not([open])").forEach(function (one) {
      one.open = true;
      one.dataset.folded = "1";
    });
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll("details[data-folded]").forEach(function (one) {
      one.open = false;
      delete one.dataset.folded;
    });
  });
  unfold();
  stops();
}());
