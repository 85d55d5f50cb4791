-- gnuplot: plots of tensors, drawn by the program gnuplot.
--
--   gnuplot.pngfigure('loss.png')                      -- into a file; without a figure, in a window
--   gnuplot.plot({'train', x, train, '-'}, {'test', x, test, '+-'})
--   gnuplot.xlabel('epoch')
--   gnuplot.plotflush()                                -- now the file is there
--
-- A figure is its settings (labels, axes...) and what was plotted last, so the order of the calls does not matter. A window
-- is drawn at each call; a file is written by plotflush, close, closeall, and at the end of the program.
require 'torch'
local wrong, where = require('torch.arguments').error, require('libtorch').where
local curves, program = require 'gnuplot.curves', require 'gnuplot.program'

local M = {}
gnuplot = M

local figures, current = {}, nil -- by number
local terminal                   -- chosen by setterm

local function check(name, at, arg, v, kind)
   if type(v) ~= kind then wrong('gnuplot.' .. name, at, arg, '%s expected, got %s', kind, torch.type(v)) end
   return v
end

-- ---- what gnuplot is told ----

-- By the ending of a file: terminals, the better one first.
local terminals = {png = {'pngcairo', 'png'}, svg = {'svg'}, pdf = {'pdfcairo', 'pdf'},
   eps = {'postscript eps enhanced color'}, ps = {'postscript enhanced color'}}

local function set_terminal(kind)
   local best, other = kind[1], kind[2] or kind[1]
   return ("if (strstrt(GPVAL_TERMINALS, '%s')) set terminal %s; else set terminal %s\n"):format(best:match('%S+'), best, other)
end

-- Settings and plot. In a multiplot each plot has its place among the settings; else the last one counts.
local function body(figure)
   local lines = {}
   for _, entry in ipairs(figure) do lines[#lines + 1] = entry.text end
   lines[#lines + 1] = figure.plot
   return table.concat(lines, '\n') .. '\n'
end

local function file_script(figure, kind, path)
   return set_terminal(kind) .. 'set output ' .. curves.quoted(path) .. '\n' .. body(figure) .. 'unset multiplot\nunset output\n'
end

--- What gnuplot is told for a figure, or the current one.
function M._script(n)
   local figure = figures[n or current]
   return figure.file and file_script(figure, figure.kind, figure.file) or body(figure)
end

local function has_plot(figure) return figure.plot ~= nil or figure.multiplot end

local function write_file(name, figure)
   if not figure.dirty or not has_plot(figure) then return end
   figure.dirty = false
   program.run(name, file_script(figure, figure.kind, figure.file))
end

-- ---- windows ----

local windowed = {x11 = true, wxt = true, qt = true, aqua = true}

-- The terminal of windows: setterm's, else GNUTERM's, else gnuplot's own. Without a display there is none.
local function window_terminal(name, n)
   local term = terminal or os.getenv('GNUTERM')
   if term then
      return 'set terminal ' .. term .. (windowed[term] and ' ' .. n or '')
   end
   if not os.getenv('DISPLAY') and not os.getenv('WAYLAND_DISPLAY') then
      error(where() .. ("gnuplot.%s: no display for a window; gnuplot.pngfigure('NAME.png') before it draws into a file, "
         .. "gnuplot.setterm('dumb') with letters"):format(name), 0)
   end
   return ("evaluate 'set terminal '.GPVAL_TERM.' %d'"):format(n)
end

local function show(name, figure)
   local term = window_terminal(name, figure.n)
   program.send(name, 'reset\n' .. term .. '\n' .. body(figure))
end

local function changed(name, figure)
   figure.dirty = true
   if not figure.file and has_plot(figure) then show(name, figure) end
end

-- ---- figures ----

local function unused()
   local n = 1
   while figures[n] do n = n + 1 end
   return n
end

--- gnuplot.figure([n]) -> number: makes figure n the one that is drawn into; a new window where there is none, or
-- without n.
function M.figure(n)
   if n ~= nil then check('figure', 1, 'n', n, 'number') end
   current = n or unused()
   figures[current] = figures[current] or {n = current}
   return current
end

local function this() return figures[current] or figures[M.figure()] end

local function file_figure(name, kind, path, n)
   check(name, 1, 'fname', path, 'string')
   if n ~= nil then check(name, 2, 'n', n, 'number') end
   current = n or unused()
   figures[current] = {n = current, file = path, kind = kind}
   return current
end

local function print_figure(name, kind, path)
   if not has_plot(this()) then error(where() .. 'gnuplot.' .. name .. ': nothing is plotted yet', 0) end
   program.run(name, file_script(this(), kind, path))
end

--- gnuplot.pngfigure, gnuplot.svgfigure, gnuplot.pdffigure, gnuplot.epsfigure, gnuplot.psfigure(fname [, n]) -> number: figure n, or a new
-- one, is drawn into a file.

--- gnuplot.pngprint, gnuplot.svgprint, gnuplot.pdfprint, gnuplot.epsprint, gnuplot.psprint(fname): the current figure as a file.
for ending, kind in pairs(terminals) do
   M[ending .. 'figure'] = function(fname, n) return file_figure(ending .. 'figure', kind, fname, n) end
   M[ending .. 'print'] = function(fname)
      print_figure(ending .. 'print', kind, check(ending .. 'print', 1, 'fname', fname, 'string'))
   end
end

--- gnuplot.figprint(fname): writes the current figure into a file, in the format that its ending names: png, svg, pdf,
-- eps, ps.
function M.figprint(fname)
   local kind = terminals[check('figprint', 1, 'fname', fname, 'string'):match('%.(%w+)$')]
   if not kind then wrong('gnuplot.figprint', 1, 'fname', 'name ending in .png, .svg, .pdf, .eps or .ps expected, got %s', fname) end
   print_figure('figprint', kind, fname)
end

local function figure_of(name, n)
   local figure = figures[n or current]
   if not figure and n then wrong('gnuplot.' .. name, 1, 'n', 'there is no figure %s', tostring(n)) end
   return figure
end

--- gnuplot.plotflush([n]): draws figure n, or the current one: its file is there afterwards.
function M.plotflush(n)
   local figure = figure_of('plotflush', n)
   if figure and figure.file then write_file('plotflush', figure) end
end

--- gnuplot.close([n]): closes figure n, or the current one: writes its file, or ends its window.
function M.close(n)
   local figure = figure_of('close', n)
   if not figure then return end
   figures[figure.n] = nil
   if current == figure.n then current = nil end
   if figure.file then
      write_file('close', figure)
   elseif has_plot(figure) and windowed[terminal or 'qt'] and program.installed() then
      program.send('close', window_terminal('close', figure.n) .. ' close\n')
   end
end

--- gnuplot.closeall(): closes all figures.
function M.closeall()
   for n in pairs(figures) do M.close(n) end
   program.quit()
end

-- Files that were not asked for are written when the program ends.
local last = newproxy(true)
getmetatable(last).__gc = function()
   for _, figure in pairs(figures) do
      local ok, err = true, nil
      if figure.file then ok, err = pcall(write_file, 'plotflush', figure) end
      if not ok then io.stderr:write(err, '\n') end
   end
end
M._last = last

-- ---- settings ----

-- Adds a command to the current figure; one of the same key replaces the earlier one.
local function set(name, key, text)
   local figure = this()
   if key and not figure.multiplot then
      for i = #figure, 1, -1 do
         if figure[i].key == key then table.remove(figure, i) end
      end
   end
   figure[#figure + 1] = {key = key, text = text}
   changed(name, figure)
end

--- gnuplot.xlabel, gnuplot.ylabel, gnuplot.zlabel, gnuplot.title(text): what stands at an axis, or above the plot.
for _, what in ipairs{'xlabel', 'ylabel', 'zlabel', 'title'} do
   M[what] = function(text) set(what, what, ('set %s %s'):format(what, curves.quoted(check(what, 1, 'label', text, 'string')))) end
end

local function is_on(v) return v == true or v == 'on' end

--- gnuplot.grid(toggle): a grid, or none: true or 'on', false or 'off'.
function M.grid(toggle) set('grid', 'grid', is_on(toggle) and 'set grid' or 'unset grid') end

--- gnuplot.logscale(toggle [, axes = 'y']): a logarithmic scale for y, or for the axes given ('xy'); false or 'off' ends
-- it.
function M.logscale(toggle, axes)
   axes = axes or 'y'
   if not check('logscale', 2, 'axes', axes, 'string'):find('^[xyz]+$') then
      wrong('gnuplot.logscale', 2, 'axes', "letters of 'xyz' expected, got '%s'", axes)
   end
   set('logscale', 'logscale', (is_on(toggle) and 'set' or 'unset') .. ' logscale ' .. axes)
end

local across = {left = 'left', right = 'right', center = 'center'}
local along = {top = 'top', bottom = 'bottom', middle = 'center', center = 'center'}

--- gnuplot.movelegend(hloc, vloc): where the legend is: left, right or center; top, bottom or middle.
function M.movelegend(hloc, vloc)
   if not across[hloc] then wrong('gnuplot.movelegend', 1, 'hloc', "'left', 'right' or 'center' expected, got '%s'", tostring(hloc)) end
   if not along[vloc] then wrong('gnuplot.movelegend', 2, 'vloc', "'top', 'bottom' or 'middle' expected, got '%s'", tostring(vloc)) end
   set('movelegend', 'key', ('set key %s %s'):format(across[hloc], along[vloc]))
end

local axes = {auto = 'set autoscale\nset size noratio', fill = 'set autoscale fix\nset size noratio',
   image = 'set autoscale fix\nset size ratio -1', equal = 'set size ratio -1'}

local function limit(v)
   if v == nil or v == '' then return '*' end
   return type(v) == 'number' and v - v == 0 and ('%.17g'):format(v)
      or wrong('gnuplot.axis', 1, 'limits', "finite numbers, or '' for a free end, expected, got %s", tostring(v))
end

--- gnuplot.axis(limits): the axes: 'auto', 'fill' (no margins), 'image' (no margins, equal units), 'equal', or {xmin,
-- xmax, ymin, ymax, [zmin, zmax]}, where '' leaves an end free.
function M.axis(limits)
   if type(limits) ~= 'table' then
      local text = axes[limits]
      if not text then wrong('gnuplot.axis', 1, 'limits', "'auto', 'fill', 'image', 'equal' or a table expected, got %s", tostring(limits)) end
      return set('axis', 'axis', text)
   end
   local lines = {}
   for i, letter in ipairs{'x', 'y', 'z'} do
      lines[i] = ('set %srange [%s:%s]'):format(letter, limit(limits[2 * i - 1]), limit(limits[2 * i]))
   end
   set('axis', 'limits', table.concat(lines, '\n'))
end

--- gnuplot.raw(command): a command in gnuplot's own language, for the current figure. Plots replace what is plotted;
-- `set multiplot` keeps all.
function M.raw(command)
   check('raw', 1, 'command', command, 'string')
   local figure = this()
   local word = command:match('^%s*(%a+)')
   if (word == 'plot' or word == 'splot') and not figure.multiplot then
      figure.plot = command
      return changed('raw', figure)
   end
   if command:find('^%s*set%s+multiplot') then figure.multiplot, figure.plot = true, nil end
   if word ~= 'refresh' and not command:find('^%s*replot%s*$') then set('raw', nil, command) else changed('raw', figure) end
end

--- gnuplot.setterm(term): the terminal of windows: 'qt', 'wxt', 'x11', 'dumb' (letters)...; nil: gnuplot's own.
-- gnuplot.setgnuplotterminal is the same.
function M.setterm(term)
   if term ~= nil and not check('setterm', 1, 'term', term, 'string'):find('^%a[%w ,.-]*$') then
      wrong('gnuplot.setterm', 1, 'term', "name of a terminal expected, got '%s'", term)
   end
   terminal = term
end
--- gnuplot.setgnuplotterminal(term): gnuplot.setterm by another name.
M.setgnuplotterminal = M.setterm

--- gnuplot.setgnuplotexe(exe): the program: a name or path.
function M.setgnuplotexe(exe) program.choose(check('setgnuplotexe', 1, 'exe', exe, 'string')) end

-- ---- plots ----

local function draw(name, command)
   local figure = this()
   if not figure.file then window_terminal(name, figure.n) end -- raises before anything is kept
   if figure.multiplot then figure[#figure + 1] = {text = command} else figure.plot = command end
   changed(name, figure)
end

--- gnuplot.plot(...): curves: plot(y), plot(x, y), plot('name', x, y, format), or tables of these, one a curve. y, x: vectors, or one n x 2
-- matrix of both. format: '+' points (the default), '-' lines, '+-' both, '.' dots, '|' boxes, '~' a smooth line, 'v' arrows
-- (x: n x 2 of x and dx, y alike; or n x 4: x, y, dx, dy), 'with ...' in gnuplot's words. What is not finite is left out.
function M.plot(...) draw('plot', curves.plot('gnuplot.plot', nil, ...)) end

--- gnuplot.bar(...): as gnuplot.plot, with boxes.
function M.bar(...)
   local command = curves.plot('gnuplot.bar', '|', ...)
   set('bar', 'boxes', 'set boxwidth 0.8 relative\nset style fill solid 0.5')
   draw('bar', command)
end

--- gnuplot.hist(x [, bins = 100, min, max]): the histogram of all elements of x: bins intervals between min and max (its
-- own extremes).
function M.hist(x, bins, min, max)
   if not torch.isTensor(x) or x:nElement() == 0 then wrong('gnuplot.hist', 1, 'x', 'tensor with elements expected, got %s', torch.type(x)) end
   x = x:double()
   bins = check('hist', 2, 'bins', bins or 100, 'number')
   if bins < 1 or bins % 1 ~= 0 then wrong('gnuplot.hist', 2, 'bins', 'a number of at least 1 expected, got %s', tostring(bins)) end
   min, max = check('hist', 3, 'min', min or x:min(), 'number'), check('hist', 4, 'max', max or x:max(), 'number')
   if min == max then min, max = min - 0.5, max + 0.5 end
   local width = (max - min) / bins
   if not (width > 0 and width < math.huge) then wrong('gnuplot.hist', 3, 'min', 'finite limits in order expected, got %s and %s', min, max) end
   local centres = torch.range(1, bins):double():add(-0.5):mul(width):add(min)
   local command = curves.plot('gnuplot.hist', '|', centres, torch.histc(x, bins, min, max))
   set('hist', 'boxes', 'set boxwidth 1 relative\nset style fill solid 0.5')
   draw('hist', command)
end

--- gnuplot.splot(...): surfaces: splot(z), splot(x, y, z), splot('name', x, y, z), or tables of these; matrices of one
-- size.
function M.splot(...)
   local command = curves.splot('gnuplot.splot', ...)
   set('splot', 'hidden', 'set hidden3d')
   draw('splot', command)
end

--- gnuplot.scatter3(...): points in space: scatter3(x, y, z), scatter3('name', x, y, z), or tables of these; vectors of
-- one length.
function M.scatter3(...) draw('scatter3', curves.scatter3('gnuplot.scatter3', ...)) end

--- gnuplot.imagesc(z [, palette = 'gray']): a matrix as an image, its first row on top: palette 'gray' or 'color'.
function M.imagesc(z, palette)
   palette = palette or 'gray'
   if palette ~= 'gray' and palette ~= 'color' then wrong('gnuplot.imagesc', 2, 'palette', "'gray' or 'color' expected, got '%s'", tostring(palette)) end
   local command = curves.image('gnuplot.imagesc', z)
   set('imagesc', 'image', 'set palette ' .. (palette == 'gray' and 'gray' or 'color rgbformulae 7,5,15')
      .. '\nset autoscale fix\nset yrange [*:*] reverse')
   draw('imagesc', command)
end

return M
