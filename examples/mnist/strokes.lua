--- Draws digits as a pen would: strokes through a few points, warped, slanted, thick or thin.
--
--    strokes.draw(pixels, digit)     -- pixels: a zeroed vector of 784 numbers; digit: 0 to 9
--
-- Plain Lua loops over tensor elements: LuaJIT compiles them, no C code is needed for speed.
local strokes = {}

local SIZE = 28
local uniform, normal = torch.uniform, torch.normal
local min, max, floor, sqrt, sin = math.min, math.max, math.floor, math.sqrt, math.sin

-- Ways to write each digit. A way is a list of strokes, a stroke a list of points {x, y} in the unit
-- square, y downwards, joined by a smooth curve.
local ways = {
   [0] = {
      {{{.5, 0}, {.15, .25}, {.1, .6}, {.45, 1}, {.85, .75}, {.9, .35}, {.5, 0}}},
      {{{.6, .05}, {.3, .1}, {.2, .55}, {.45, .97}, {.75, .7}, {.75, .2}, {.45, .02}}},
   },
   {
      {{{.5, 0}, {.5, 1}}},
      {{{.25, .25}, {.55, 0}}, {{.55, 0}, {.5, 1}}},
      {{{.3, .2}, {.5, 0}}, {{.5, 0}, {.5, 1}}, {{.25, 1}, {.75, 1}}},
   },
   {
      {{{.15, .25}, {.45, 0}, {.8, .2}, {.6, .55}, {.1, 1}}, {{.1, 1}, {.9, .98}}},
      {{{.15, .2}, {.5, 0}, {.8, .25}, {.5, .7}, {.2, .97}, {.1, .8}, {.35, .8}, {.6, 1}, {.95, .9}}},
   },
   {
      {{{.15, .1}, {.5, 0}, {.8, .2}, {.4, .45}}, {{.4, .45}, {.9, .7}, {.5, 1}, {.1, .85}}},
      {{{.15, 0}, {.85, 0}}, {{.85, 0}, {.45, .4}}, {{.45, .4}, {.9, .68}, {.5, 1}, {.1, .9}}},
   },
   {
      {{{.65, 0}, {.1, .65}}, {{.1, .65}, {.95, .65}}, {{.65, 0}, {.62, 1}}},
      {{{.2, 0}, {.1, .5}}, {{.1, .5}, {.85, .48}}, {{.82, .05}, {.7, 1}}},
   },
   {
      {{{.9, 0}, {.25, 0}}, {{.25, 0}, {.2, .45}}, {{.2, .45}, {.6, .38}, {.9, .68}, {.55, 1}, {.1, .9}}},
      {{{.85, .05}, {.3, 0}, {.2, .45}, {.65, .42}, {.8, .75}, {.4, 1}, {.1, .9}}},
   },
   {
      {{{.75, 0}, {.3, .3}, {.1, .7}, {.45, 1}, {.85, .75}, {.5, .5}, {.15, .7}}},
      {{{.4, 0}, {.2, .5}, {.3, .95}, {.65, .95}, {.75, .65}, {.45, .55}, {.22, .75}}},
   },
   {
      {{{.1, .05}, {.9, 0}}, {{.9, 0}, {.4, 1}}},
      {{{.1, 0}, {.9, 0}}, {{.9, 0}, {.6, .45}, {.45, 1}}, {{.35, .5}, {.85, .5}}},
   },
   {
      {{{.75, .1}, {.4, 0}, {.2, .25}, {.5, .48}, {.85, .75}, {.5, 1}, {.15, .78}, {.5, .48}, {.82, .22}, {.7, .07}}},
      {{{.5, .45}, {.2, .22}, {.5, 0}, {.8, .22}, {.5, .45}, {.12, .75}, {.5, 1}, {.88, .75}, {.5, .45}}},
   },
   {
      {{{.8, .25}, {.5, 0}, {.15, .25}, {.45, .5}, {.8, .25}}, {{.8, .25}, {.75, .6}, {.6, 1}}},
      {{{.8, .2}, {.45, 0}, {.15, .3}, {.5, .5}, {.8, .2}}, {{.8, .2}, {.85, .7}, {.5, 1}, {.2, .9}}},
   },
}

-- A random hand: maps the unit square to pixels. Smooth waves bend the glyph without tearing strokes
-- that meet; then scale, slant, rotation and shift.
local function random_hand()
   local wave, phase_x, phase_y = normal(0, .055), uniform(0, 6.3), uniform(0, 6.3)
   local wave2, angle, slant = normal(0, .055), normal(0, .16), normal(.1, .2)
   local width, height = uniform(8, 15), uniform(15, 21)
   local cx, cy = SIZE / 2 + normal(0, 1), SIZE / 2 + normal(0, 1)
   local c, s = math.cos(angle), sin(angle)
   return function(x, y)
      local u = x - .5 + wave * sin(5 * y + phase_x) + normal(0, .015)
      local v = y - .5 + wave2 * sin(5 * x + phase_y) + normal(0, .015)
      u = (u - slant * v) * width
      v = v * height
      return cx + c * u - s * v, cy + s * u + c * v
   end
end

-- A straight piece of stroke from (ax, ay) to (bx, by): pixels within `radius` get ink, with soft edges.
local function draw_segment(pixels, ax, ay, bx, by, radius, ink)
   local reach = radius + 1
   local dx, dy = bx - ax, by - ay
   local length2 = max(dx * dx + dy * dy, 1e-9)
   for y = max(floor(min(ay, by) - reach), 0), min(floor(max(ay, by) + reach), SIZE - 1) do
      for x = max(floor(min(ax, bx) - reach), 0), min(floor(max(ax, bx) + reach), SIZE - 1) do
         local px, py = x - ax, y - ay
         local along = min(max((px * dx + py * dy) / length2, 0), 1)
         local ex, ey = px - along * dx, py - along * dy
         local level = ink * min(max(radius + .5 - sqrt(ex * ex + ey * ey), 0), 1)
         local at = y * SIZE + x + 1
         if level > pixels[at] then pixels[at] = level end
      end
   end
end

-- Catmull-Rom: the curve through the points, each span in `PIECES` straight pieces.
local PIECES = 5
local function draw_stroke(pixels, xs, ys, radius, ink)
   local n = #xs
   local lastx, lasty = xs[1], ys[1]
   for i = 1, n - 1 do
      local before, after = max(i - 1, 1), min(i + 2, n)
      local x0, x1, x2, x3 = xs[before], xs[i], xs[i + 1], xs[after]
      local y0, y1, y2, y3 = ys[before], ys[i], ys[i + 1], ys[after]
      for piece = 1, PIECES do
         local t = piece / PIECES
         local t2, t3 = t * t, t * t * t
         local a, b, c, d = -t + 2 * t2 - t3, 2 - 5 * t2 + 3 * t3, t + 4 * t2 - 3 * t3, t3 - t2
         local x, y = (a * x0 + b * x1 + c * x2 + d * x3) / 2, (a * y0 + b * y1 + c * y2 + d * y3) / 2
         draw_segment(pixels, lastx, lasty, x, y, radius, ink)
         lastx, lasty = x, y
      end
   end
end

function strokes.draw(pixels, digit)
   local variants = ways[digit]
   local hand, radius, ink = random_hand(), uniform(.4, 1.6), uniform(.6, 1)
   for _, points in ipairs(variants[torch.random(#variants)]) do
      local xs, ys = {}, {}
      for i, p in ipairs(points) do xs[i], ys[i] = hand(p[1], p[2]) end
      draw_stroke(pixels, xs, ys, radius, ink)
   end
end

--- n digits of random classes: images (n x 1 x 28 x 28, in 0..1, a little noisy) and labels (1..10).
function strokes.digits(n)
   local images = torch.FloatTensor(n, 1, SIZE, SIZE):zero()
   local labels = torch.LongTensor(n):random(1, 10)
   local rows = images:view(n, -1)
   for i = 1, n do strokes.draw(rows[i], labels[i] - 1) end
   for i = 1, n do  -- image by image, to need no second copy of them all
      rows[i]:add(torch.FloatTensor(SIZE * SIZE):normal(0, .1)):clamp(0, 1)
   end
   return {images = images, labels = labels}
end

return strokes
