--- plot: what figures hold, the letters that terminals get, what gnuplot is told, files that it draws, errors.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
local plot = require 'plot'
local data, axis, colours, graphics = require 'plot.data', require 'plot.axis', require 'plot.colours', require 'plot.graphics'
local script, program = require 'plot.script', require 'gnuplot.program'
local eq, ok, match = check.eq, check.ok, check.match

local folder = paths.tmpname()
os.remove(folder)
paths.mkdir(folder)
local function file(name) return folder .. '/' .. name end
local inf, nan = math.huge, 0 / 0
local function letters(figure, width, height) return figure:string{width = width or 40, height = height or 6, colour = false, ascii = false} end
local function lines_of(text)
   local list = {}
   for line in (text .. '\n'):gmatch('([^\n]*)\n') do list[#list + 1] = line end
   return list
end
local function items(figure) return figure.panes[1].items end
local function numbers(t) return t:totable() end

do -- data: every type of tensor, storages, tables
   for _, type in ipairs(torch.types or {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half'}) do
      local class = torch[type .. 'Tensor']
      if class then eq(numbers(items(plot.lines(torch.DoubleTensor{1, 4, 9}:type('torch.' .. type .. 'Tensor')))[1].y), {1, 4, 9}, type) end
   end
   eq(numbers(items(plot.lines{1, 4, 9})[1].x), {1, 2, 3}, 'x by default')
   eq(numbers(items(plot.lines(torch.LongStorage{1, 4}))[1].y), {1, 4}, 'a storage')
   eq(numbers(items(plot.lines({1, 2}, torch.Tensor{{3}, {4}}))[1].y), {3, 4}, 'n x 1')
   eq(numbers(items(plot.lines(torch.range(1, 6):view(3, 2):t():select(1, 2)))[1].y), {2, 4, 6}, 'not contiguous')
   local two = items(plot.lines(torch.Tensor{{1, 10}, {2, 20}}, {labels = {'a', 'b'}}))
   eq({numbers(two[1].y), numbers(two[2].y), two[2].label}, {{1, 2}, {10, 20}, 'b'}, 'a line a column')
   eq(#items(plot.lines({{1, 2}, {3, 4}, {5, 6}})), 3, 'a list of vectors')
   ok(two[1].color ~= two[2].color, 'colours differ')
   eq(numbers(items(plot.scatter(torch.Tensor{{1, 2}, {3, 4}}))[1].x), {1, 3}, 'points as rows')
   local x = torch.Tensor{1, 2}
   plot.lines(x, x, {fill = true}):scatter(x):bars(x):band(x, x):string()
   eq(numbers(x), {1, 2}, 'nothing is written into')
end

do -- ranges and ticks
   eq({axis.widen(2, 2, .05)}, {1.8, 2.2}, 'a constant')
   eq({axis.widen(0, 0, .05)}, {-1, 1}, 'zero')
   eq({axis.widen(nil)}, {0, 1}, 'nothing')
   local texts = {}
   for i, tick in ipairs(axis.ticks(0, 1, 5)) do texts[i] = tick[2] end
   eq(table.concat(texts, ' '), '0 0.2 0.4 0.6 0.8 1.0', 'ticks')
   texts = {}
   for i, tick in ipairs(axis.ticks(1e-4, 1e3, 10, true)) do texts[i] = tick[2] end
   eq(table.concat(texts, ' '), '1e-4 0.001 0.01 0.1 1 10 100 1000', 'ticks of powers')
   for _, range in ipairs{{-1e300, 1e300}, {1e-300, 2e-300}, {1e15, 1e15 + 2}, {-5, -4.999999}} do
      local n = #axis.ticks(range[1], range[2], 6)
      ok(n >= 2 and n <= 13, 'number of ticks in ' .. range[1])
   end
   eq({data.range(false, torch.Tensor{nan, 3, -inf, -2, inf})}, {-2, 3}, 'finite range')
   eq({data.range(true, torch.Tensor{nan, 3, -2, 0})}, {3, 3}, 'positive range')
   eq(#{data.range(false, torch.Tensor{nan})}, 0, 'no range')
end

do -- thinning keeps what is seen
   local n = 1000000
   local y = torch.randn(n)
   y[123456], y[654321], y[777] = 50, -60, nan
   local thin = data.thinned({torch.range(1, n), y}, true)
   ok(thin[1]:nElement() < 8000 and thin[1]:nElement() > 1000, 'few points of a million')
   eq({data.range(false, thin[2])}, {-60, 50}, 'extremes stay')
   eq({thin[1][1], thin[1][thin[1]:nElement()]}, {1, n}, 'ends stay')
   ok(thin[2]:ne(thin[2]):sum() == 1, 'holes stay')
   local places = data.thinned({torch.randn(n), torch.randn(n)}, false)
   ok(places[1]:nElement() < 70000, 'points that hide each other go')
   local few = {torch.range(1, 10), torch.range(1, 10)}
   ok(data.thinned(few, true) == few, 'few stay')
   ok(data.thinned({torch.randn(n), torch.randn(n)}, true)[1]:nElement() <= 32000, 'to and fro')
end

do -- histograms
   eq(numbers(data.histogram(torch.Tensor{0, 0, 1, 4, nan, inf, -1}, 4, 0, 4)), {2, 1, 0, 1}, 'counts')
   local h = items(plot.histogram(torch.Tensor{1, 2, 2, 3, 3, 3}))[1]
   eq({numbers(h.x), numbers(h.hi)}, {{1, 2, 3}, {1, 2, 3}}, 'whole numbers')
   local d = items(plot.histogram(torch.randn(1000), {density = true, bins = 7}))[1]
   ok(math.abs(d.hi:sum() * d.boxes - 1) < 1e-9, 'density')
   eq(d.hi:nElement(), 7, 'bins')
   eq(items(plot.histogram(torch.Tensor(10):fill(3)))[1].hi:sum(), 10, 'one value')
   eq(items(plot.histogram(torch.Tensor()))[1].hi:sum(), 0, 'no value')
   eq(items(plot.histogram(torch.Tensor{nan, inf}))[1].hi:sum(), 0, 'no finite value')
   eq(items(plot.histogram(torch.rand(3, 4, 5)))[1].hi:sum(), 60, 'any shape')
end

do -- level lines
   local z = torch.Tensor{{0, 0}, {1, 1}}
   eq(data.level_lines(z, torch.Tensor{1, 2}, torch.Tensor{1, 2}, .25), {2, 1.25, 1, 1.25}, 'between rows')
   eq(#data.level_lines(torch.Tensor{{1, 0}, {0, 1}}, torch.Tensor{1, 2}, torch.Tensor{1, 2}, .5), 8, 'a saddle')
   eq(#data.level_lines(torch.Tensor{{1, nan}, {0, 1}}, torch.Tensor{1, 2}, torch.Tensor{1, 2}, .5), 0, 'holes')
   eq(#items(plot.contour(torch.zeros(3, 3)))[1].levels, 0, 'a plain')
   local r = data.resampled(torch.Tensor{{0, 1}, {2, 3}}, torch.Tensor{0, 1}, torch.Tensor{0, 1}, 2, 2)
   eq(numbers(r), {{.75, 1.25}, {1.75, 2.25}}, 'resampled')
end

do -- letters
   local text = letters(plot.lines({0, 1, 2, 3}, {title = 'Title', xlabel = 'time', ylabel = 'speed', label = 'name'}))
   match(text, '^ +Title\n +── name\nspeed\n', 'head')
   match(text, '│\n*', 'axis')
   match(text, '\n0 ┤⠤', 'from the bottom on the left')
   match(lines_of(text)[4], '   ⢀⣀⠤⠤⠒$', 'to the top on the right')
   match(text, '└[─┬]+\n +1 +2 +3 +4\n +time$', 'ticks and label')
   match(letters(plot.bars({'cat', 'dog'}, {1, 2})), '▆\n.*\n0 ┤████.*   ████.*\n  └───.*┬──.*┬.*──\n +cat +dog$', 'bars')
   match(letters(plot.lines({1, 2}, {label = 'a'}):lines({2, 1}, {label = 'b'})), '%* a   %+ b', 'without colours curves have characters')
   match(plot.lines({1, 2}):string{colour = true, width = 40}, '\27%[38;[25];', 'colours')
   ok(not letters(plot.lines({1, 2})):find('\27'), 'no colours')
   ok(not plot.lines({1, 2}):string{ascii = true, colour = false, width = 40}:find('[\128-\255]'), 'plain letters')
   match(letters(plot.image(torch.Tensor{{0, 1}, {1, 0}})), '█', 'image')
   match(letters(plot.confusion({{5, 1}, {2, 7}}, {classes = {'cat', 'dog'}}), 60, 12), 'cat ┤█████ 5 ████      1\n.*dog ┤░░░░░ 2 ░░░░▓▓▓▓▓ 7 ', 'confusion')
   for _, width in ipairs{20, 33, 80, 110} do
      for _, line in ipairs(lines_of(letters(plot.lines(torch.randn(50), {title = ('long '):rep(40), label = 'x', axis = 'right'}), width))) do
         local _, n = line:gsub('[^\128-\191]', '')
         ok(n <= width, 'no wider than ' .. width)
      end
   end
   local grid = letters(plot.subplots({plot.lines({1, 2}, {title = 'one'}), plot.lines({1, 2}, {title = 'two'})}, {heading = 'both'}), 90)
   match(grid, '^ +both\n +one +two\n', 'beside each other')
   match(letters(plot.lines({3})), '3.0 ┤ +⠘⠃\n', 'one point')
   local holes = lines_of(letters(plot.lines{1, 1, nan, nan, nan, nan, 1, 1}, 40, 3))[2]
   match(holes, '⠤⠤⠤⠄ +⠠⠤⠤', 'a hole')
   match(tostring(plot.lines{1, 2}), '1%.0 ', 'tostring, in letters of the locale')
end

do -- what cannot be drawn is an empty plot, everywhere
   local odd = {
      empty = plot.lines({}), ['an empty tensor'] = plot.scatter(torch.Tensor()), ['not a number'] = plot.lines{nan, nan},
      infinite = plot.lines({inf, -inf}, {1, 2}), ['one point'] = plot.scatter({5}, {5}), constant = plot.lines(torch.ones(10)),
      ['negative on a log axis'] = plot.lines({-1, -2}, {ylog = true, xlog = true}), huge = plot.lines({-1.7e308, 1.7e308, 3}),
      tiny = plot.lines({1e-320, 2e-320}), ['an empty image'] = plot.image(torch.Tensor()), ['an image of NaNs'] = plot.image(torch.Tensor(2, 2):fill(nan)),
      ['one pixel'] = plot.image(torch.ones(1, 1)), ['no surface'] = plot.surface(torch.Tensor(3, 3):fill(nan)),
      ['a flat surface'] = plot.surface(torch.zeros(3, 3)), ['no contour'] = plot.contour(torch.Tensor()), ['a hole'] = plot.contour(torch.Tensor{{1, nan}, {2, 3}}, {fill = true}),
      ['no bars'] = plot.bars({}), ['bars of NaN'] = plot.bars{1, nan, 2}, ['a figure'] = plot.figure(), ['errors'] = plot.lines({1, 2}, {error = {nan, 1}}),
      ['a band with a hole'] = plot.band({1, nan, 2}, {2, 3, 4}), ['no confusion'] = plot.confusion(torch.Tensor()),
      ['no histogram'] = plot.histogram({}), ['log bars'] = plot.bars({1, 10}, {ylog = true}), ['big offset'] = plot.lines{1e15, 1e15 + 1},
   }
   for name, figure in pairs(odd) do
      ok(pcall(letters, figure), 'letters of ' .. name .. ': ' .. tostring(select(2, pcall(letters, figure))))
      ok(pcall(figure.string, figure, {colour = true, width = 50}), 'colours of ' .. name)
      if program.installed() then
         local done, why = pcall(figure.save, figure, file('odd.png'))
         ok(done, 'a file of ' .. name .. ': ' .. tostring(why))
      end
   end
end

do -- what gnuplot is told; names are text, whatever they hold
   local text = script.body(plot.lines({1, 2, nan, 4}, {label = "it's `touch x`\n$(y)", title = 'a_b', ylog = true, style = '--', color = 'red'}))
   ok(text:find("title 'it''s `touch x`'.\"\\n\".'$(y)'", 1, true), 'quotes')
   match(text, '\n1 1\n2 2\n\n4 4\nEOD', 'a hole is an empty line')
   match(text, "with lines lw 2 dt 2 lc rgb '#D55E00'", 'style and colour')
   match(text, "set logscale y\n", 'log')
   match(text, "set title 'a_b' noenhanced", 'no markup')
   match(script.body(plot.lines({1, 2}, {xrange = {0, 5}})), 'set xrange %[0:5%]', 'a range')
   match(script.body(plot.figure{rows = 1, columns = 2, heading = 'h'}), "^set multiplot layout 1,2 title 'h'", 'several')
end

do -- errors name the call, the argument, and what is there
   local function refused(f, message, what) check.error(f, 'test_plot.lua:%d+: plot%.' .. message, what) end
   refused(function() plot.lines(3) end, 'lines: argument #1 %(x%): tensor or table of numbers expected, got number', 'a number')
   refused(function() plot.lines({1, 2}, {1, 2, 3}) end, 'lines: argument #2 %(y%): 2 numbers expected, got 3', 'lengths')
   refused(function() plot.lines({1, 'a'}) end, 'lines: argument #1 %(y%): table of numbers expected, it holds a string', 'a table with a string')
   refused(function() plot.lines({1}, {tilte = 'x'}) end, 'lines: argument #2 %(options%): there is no option tilte; did you mean title%?', 'a misspelled option')
   refused(function() plot.lines({1}, {color = 'mauve'}) end, "lines: argument #2 %(options%): color: .* expected, got 'mauve'", 'a colour')
   refused(function() plot.lines({1}, {style = '='}) end, "lines: argument #2 %(options%): style: '%-', '%-%-'.* expected, got '='", 'a style')
   refused(function() plot.lines({1}, {xrange = {2, 1}}) end, 'lines: argument #2 %(options%): xrange: {low, high} expected', 'a range')
   refused(function() plot.lines({1}, {1}, {}, 3) end, 'lines: argument #4 %(%?%): no further', 'too many')
   refused(function() plot.scatter({1, 2}, {values = {1}}) end, 'scatter: argument #2 %(values%): 2 numbers expected, got 1', 'values')
   refused(function() plot.image(torch.ones(2, 2, 2)) end, 'image: argument #1 %(z%): matrix expected', 'an image of three dimensions')
   refused(function() plot.contour({1}, {1}) end, 'contour: argument #2 %(y%): z, or x, y and z', 'contour of two')
   refused(function() plot.confusion(torch.ones(2, 3)) end, 'confusion: argument #1 %(m%): as many rows as columns', 'confusion')
   refused(function() plot.bars({'a'}, {1, 2}) end, 'bars: argument #2 %(values%): 1 numbers expected, got 2', 'names of bars')
   refused(function() plot.histogram({1}, {bins = 0}) end, 'histogram: argument #2 %(options%): bins', 'no bins')
   refused(function() plot.figure():pane(2) end, 'Figure:pane: argument #1 %(k%): number from 1 to 1', 'pane')
   refused(function() plot.lines({1}):save('x.doc') end, 'Figure:save: argument #1 %(file%): name ending in', 'an ending')
   refused(function() plot.lines({1}):save(file('no/x.png')) end, 'Figure:save: argument #1 %(file%): .*No such file', 'a folder')
   refused(function() plot.lines({1}):surface(torch.ones(2, 2)) end, 'surface: it needs a plot of its own', 'surface')
   refused(function() plot.subplots(3) end, 'subplots: argument #1', 'subplots')
   refused(function() plot.images(torch.Tensor()) end, 'images: argument #1 %(tensors%)', 'no pictures')
   refused(function() plot.images(torch.ones(2, 2), {colums = 2}) end, 'images: argument #2 %(options%): there is no option colums', 'option of images')
   refused(function() plot.live():add(3) end, 'Live:add: argument #1 %(values%)', 'live')
   refused(function() plot.live('x') end, 'live: argument #1 %(options%): table expected, got string', 'live with a string')
   program.choose('no-such-gnuplot')
   refused(function() plot.lines({1}):save(file('none.png')) end, 'Figure:save: there is no program no%-such%-gnuplot', 'no program')
   ok(not paths.filep(file('none.png')), 'no file is left')
   ok(plot.lines({1}):__mime__()['text/plain'], 'a notebook gets letters')
   program.choose('gnuplot')
end

do -- colours
   eq(colours.hex('#abc'), '#aabbcc', 'short')
   eq(colours.hex(2), '#D55E00', 'by number')
   eq(colours.map('viridis')[0], {68, 1, 84}, 'viridis begins')
   eq(colours.map('viridis')[255], {253, 231, 37}, 'and ends')
   local brighter = true
   for i = 1, 255 do
      local function light(c) return c[1] * .3 + c[2] * .59 + c[3] * .11 end
      brighter = brighter and light(colours.map('viridis')[i]) >= light(colours.map('viridis')[i - 1]) - 1
   end
   ok(brighter, 'viridis gets brighter')
end

do -- terminals that take pictures
   eq({graphics.base64(''), graphics.base64('f'), graphics.base64('fo'), graphics.base64('foo'), graphics.base64('foob')}, {'', 'Zg==', 'Zm8=', 'Zm9v', 'Zm9vYg=='}, 'base 64')
   eq(graphics.understood('\27_Gi=4211;OK\27\\\27[?62;c'), 'kitty', 'kitty')
   eq(graphics.understood('\27[?62;4;22c'), 'sixel', 'sixel')
   eq(graphics.understood('\27[?62;14;22c'), nil, 'neither')
   eq(graphics.understood(''), nil, 'silence')
   eq(graphics.protocol(), nil, 'a pipe is not asked')
   local red = torch.ByteTensor(3, 7, 5):zero()
   red[1]:fill(255)
   match(graphics.rgb('sixel', red), '^\27P0;1q"1;1;5;7#0;2;0;0;0.*#210!5~%-#210!5@%-\27\\$', 'sixels')
   match(graphics.rgb('kitty', red), '^\27_Ga=T,q=2,f=24,s=5,v=7,m=0;/wAA', 'kitty')
   local parts = {}
   for more, text in graphics.rgb('kitty', torch.ByteTensor(3, 50, 50):zero()):gmatch('m=(%d);([^\27]*)') do parts[#parts + 1] = more .. #text end
   eq(parts, {'14096', '14096', '01808'}, 'in pieces')
end

do -- pictures
   local four = plot.images(torch.range(1, 4 * 9):view(4, 3, 3), {columns = 2})
   eq(four.rgb:size():totable(), {3, 8, 8}, 'a grid')
   eq({four.rgb:min(), four.rgb:max()}, {0, 255}, 'from black to white')
   match(four:string{colour = true, width = 80}, '▀', 'half blocks')
   match(four:string{colour = false, width = 80}, '█', 'shades')
   eq(plot.images(torch.rand(2, 5, 3, 3), {columns = 5, padding = 0}).rgb:size():totable(), {3, 6, 15}, 'planes of filters')
   eq(plot.images({torch.rand(3, 4, 4), torch.rand(3, 4, 4)}, {padding = 0}).rgb:size():totable(), {3, 4, 8}, 'a list')
   eq(plot.images(torch.Tensor(3, 3):fill(nan)).rgb:max(), 0, 'not a number')
   local ok_save = pcall(four.save, four, file('four.ppm'))
   ok(ok_save and paths.filep(file('four.ppm')), 'saved')
   for _, line in ipairs(lines_of(plot.images(torch.rand(10, 100, 300)):string{colour = false, width = 60})) do
      local _, n = line:gsub('[^\128-\191]', '')
      ok(n <= 60, 'fits')
   end
end

do -- live curves, not on a terminal: once, at the end
   local live = plot.live{title = 'Loss', every = 0}
   local text = check.captured(function()
      for i = 1, 5 do live:add(i, {train = 1 / i, test = 2 / i}) end
   end)
   eq(text, '', 'nothing while it runs')
   text = check.captured(function() live:finish() end)
   match(text, 'Loss\n.*%* test   %+ train\n', 'the figure')
   eq(numbers(items(live.figure)[2].y), {1, 1 / 2, 1 / 3, 1 / 4, 1 / 5}, 'its numbers')
end

do -- files keep figures
   local figure = plot.lines({1, 2}, {title = 'kept'})
   torch.save(file('figure.t7'), figure)
   eq(letters(torch.load(file('figure.t7'))), letters(figure), 'a figure from a file')
end

do -- optim's logger and confusion matrix
   require 'optim'
   local logger = optim.Logger(file('train.log'))
   logger:setNames{'loss', 'accuracy'}
   logger:style{'-', '+'}
   for i = 1, 3 do logger:add{1 / i, i} end
   local figure = logger:curves()
   eq({#items(figure), items(figure)[1].label, items(figure)[1].kind, items(figure)[2].kind}, {2, 'accuracy', 'points', 'lines'}, 'curves')
   eq(#items(logger:curves('loss')), 1, 'a column')
   logger:display(false)
   if program.installed() then
      logger:plot()
      ok(paths.filep(file('train.log.eps')), 'eps')
   end
   local confusion = optim.ConfusionMatrix({'cat', 'dog'})
   confusion:add(1, 1)
   local shown = check.captured(function() confusion:render() end)
   match(shown, 'cat', 'render')
end

do -- at the prompt: a terminal is asked once what it takes; what does not answer gets letters
   local pty = dofile(here .. '../repl/pty.lua')
   local env = {TERM = 'xterm', TREPL_HISTORY = '/dev/null', TREPLSTARTUP = '', INPUTRC = '/dev/null', DISPLAY = '', WAYLAND_DISPLAY = '', PLOT_TERMINAL = ''}
   local function at_prompt(variables)
      for name, v in pairs(env) do variables[name] = variables[name] or v end
      local t = pty.start(arg[-1], {}, variables)
      t:wait('th> ')
      t:type("plot = require 'plot'\n")
      t:wait('\nth> ')
      return t
   end
   local t = at_prompt{PLOT_TERMINAL = 'text'}
   t:type('plot.lines{1, 4, 9}\n')
   match(t:wait('\nth> '), ' ┤.*└', 'a figure shows itself')
   t:type('l = plot.live{every = 0}; l:add{a = 1}; l:add{a = 2};\n')
   t:wait('\nth> ')
   match(t.all, '\27%[%d+A\r\27%[J', 'a live curve is redrawn in its place')
   t:kill()
   t = at_prompt{}
   t:type('plot.images(torch.rand(2, 4, 4))\n')
   ok(t:wait('AAAA\27\\'), 'the question')
   t:type('\27[?62;4;22c')
   ok(t:wait('\27P0;1q'), 'sixels')
   t:wait('\nth> ')
   t:type('1 + 1\n')
   match(t:wait('\nth> '), '\n2\n', 'the answer is not read as typed')
   t:kill()
end

-- ---- files ----

local function contents(path)
   local f = io.open(path, 'rb')
   local text = f and f:read('*a') or ''
   if f then f:close() end
   return text
end

local function draws()
   local x = torch.linspace(0, 6, 50)
   local z = torch.rand(8, 9)
   local all = plot.subplots{plot.lines(x, torch.sin(x), {fill = true, marker = 'o', error = .1, label = "it's"}):lines(x, x, {axis = 'right'}):hline(0):vline(3):text(1, 0, 'a'),
      plot.scatter(x, x, {values = x}), plot.band(x, x, x + 1), plot.bars({'a', 'b'}, {{1, 2}, {3, 4}}, {stacked = true, labels = {'u', 'v'}}), plot.histogram({x, x * 2}),
      plot.image(z), plot.image(torch.rand(3, 4, 5)), plot.contour(z), plot.contour(z, {fill = true}), plot.surface(z), plot.confusion({{1, 2}, {3, 4}})}
   for ending, beginning in pairs{png = '^\137PNG', svg = '^<%?xml', pdf = '^%%PDF', eps = '^%%!PS'} do
      all:save(file("it's all." .. ending))
      local text = contents(file("it's all." .. ending))
      ok(text:find(beginning) and #text > 5000, ending)
   end
   match(plot.lines({1, 2}, {title = 'Inline'}):__mime__()['image/svg+xml'], '<svg.*Inline', 'a notebook gets SVG')
end
plot.lines({1, 2}, {title = 'Letters'}):save(file('letters.txt'))
match(contents(file('letters.txt')), 'Letters\n.*1%.0 ', 'letters in a file')
if program.installed() then draws() else print('skipped: drawing: there is no program gnuplot (package gnuplot-nox)') end

os.execute("rm -r '" .. folder .. "'")
check.finish()
