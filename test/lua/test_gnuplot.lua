--- gnuplot: what the program is told for each form of arguments, errors, and files that it draws, where it is installed.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'gnuplot'
local program = require 'gnuplot.program'

local folder = paths.tmpname()
os.remove(folder)
paths.mkdir(folder)
local function file(name) return folder .. '/' .. name end

-- The lines that gnuplot reads from the first plot on, after draw() in a figure of its own.
local function told(draw)
   local n = gnuplot.figure(1000)
   gnuplot.pngfigure(file('never.png'), n)
   draw()
   local text = gnuplot._script(n)
   gnuplot.pngfigure(file('never.png'), n) -- forgets the plot: closing draws nothing
   gnuplot.close(n)
   return text
end
local function plot(...)
   local args = {...}
   return told(function() gnuplot.plot(unpack(args)) end):match('\n(s?plot .*)unset multiplot')
end

local x, y = torch.Tensor{0, .5, 1}, torch.Tensor{2, 3, 4}
local inf = math.huge

do -- forms
   check.eq(plot(y), "plot '-' with points notitle\n1 2\n2 3\n3 4\ne\n\n", 'y')
   check.eq(plot(x, y), "plot '-' with points notitle\n0 2\n0.5 3\n1 4\ne\n\n", 'x, y')
   check.eq(plot(torch.cat(x, y, 2)), plot(x, y), 'a matrix of both')
   check.eq(plot(x:view(3, 1), y:float()), plot(x, y), 'columns, and other types')
   check.match(plot('sin', x, y, '-'), "^plot '%-' with lines title 'sin'\n0 2\n", 'name, x, y, format')
   check.match(plot('sin', y), "^plot '%-' with points title 'sin'\n1 2\n", 'name, y')
   check.eq(plot({'a', x, y, '-'}, {y, '+'}),
      "plot '-' with lines title 'a', '-' with points notitle\n0 2\n0.5 3\n1 4\ne\n1 2\n2 3\n3 4\ne\n\n", 'tables')
   check.eq(plot({{'a', x, y, '-'}, {y, '+'}}), plot({'a', x, y, '-'}, {y, '+'}), 'a table of tables')
   for format, style in pairs{['-'] = 'lines', ['+'] = 'points', ['.'] = 'dots', ['+-'] = 'linespoints', ['|'] = 'boxes',
      ['with lines lw 2'] = 'lines lw 2', ['with points pt 7 lc "red"'] = 'points pt 7 lc "red"'} do
      check.match(plot(y, format), "^plot '%-' with " .. style .. ' notitle\n', format)
   end
   check.match(plot(y, '~'), "^plot '%-' smooth csplines with lines", '~')
   check.match(plot(torch.cat(x, y, 2), torch.cat(y, x, 2), 'v'), "with vectors notitle\n0 2 2 0\n", 'v')
   check.match(plot(torch.range(1, 8):view(2, 4), 'v'), "with vectors notitle\n1 2 3 4\n5 6 7 8\ne\n", 'v of n x 4')
end

do -- numbers that are not finite
   check.match(plot(torch.Tensor{1, 0 / 0, inf, 2}), '\n1 1\n2 NaN\n3 NaN\n4 2\n', 'holes')
   check.eq(plot({'a', torch.Tensor{0 / 0}}, {'b', y}), plot('b', y), 'a curve of holes is left out')
   check.error(function() plot(torch.Tensor{-inf}) end, 'gnuplot.plot: argument #1 %(curve%): there is no finite number', 'nothing to draw')
end

do -- names are text, whatever they hold
   check.ok(plot("it's `touch x`\n$(y)", y):find("title 'it''s `touch x`'.\"\\n\".'$(y)'\n", 1, true), 'quotes')
   local text = told(function()
      gnuplot.plot(y)
      gnuplot.title("a'b")
      gnuplot.title('c')
      gnuplot.xlabel('x')
      gnuplot.grid(true)
      gnuplot.movelegend('left', 'bottom')
      gnuplot.axis{0, 4, '', 5}
      gnuplot.logscale('on')
      gnuplot.raw('set xtics 1')
   end)
   for _, line in ipairs{"set title 'c'", "set xlabel 'x'", 'set grid', 'set key left bottom', 'set xrange [0:4]',
      'set yrange [*:5]', 'set logscale y', 'set xtics 1'} do
      local at = text:find('\n' .. line .. '\n', 1, true)
      check.ok(at and at < text:find("plot '-'", 1, true), line .. ' comes before the plot')
   end
   check.ok(not text:find("a''b", 1, true), 'a setting replaces the one before')
end

do -- surfaces, images, bars
   local z = torch.Tensor{{1, 2}, {3, 0 / 0}}
   check.match(told(function() gnuplot.splot(z) end), "splot '%-' with lines notitle\n1 1 1\n1 2 2\n\n2 1 3\n2 2 NaN\n\ne\n", 'splot')
   check.match(told(function() gnuplot.splot('s', z, z, torch.ones(2, 2)) end), "title 's'\n1 1 1\n2 2 1\n\n3 3 1\n", 'splot of x, y, z')
   check.match(told(function() gnuplot.scatter3({'s', x, y, y}, {y, y, y, '.'}) end), "splot '%-' with points title 's', '%-' with dots", 'scatter3')
   check.match(told(function() gnuplot.imagesc(z, 'color') end), "set palette color.*reverse.*with image notitle\n1 1 1\n", 'imagesc')
   check.match(told(function() gnuplot.bar(y) end), "with boxes notitle\n1 2\n", 'bar')
   check.match(told(function() gnuplot.hist(torch.Tensor{0, 0, 1, 4}, 2) end), "with boxes notitle\n1 3\n3 1\ne\n", 'hist')
end

do -- errors
   local function refused(f, message, what) check.error(f, 'test_gnuplot.lua:%d+: gnuplot%.' .. message, what) end
   refused(function() plot(3) end, 'plot: argument #1 %(x%): tensor expected, got number', 'a number')
   refused(function() plot(x, torch.ones(2)) end, 'plot: argument #1 %(y%): x has 3 elements, y has 2', 'lengths')
   refused(function() plot(torch.ones(2, 3)) end, 'plot: argument #1 %(x%): vectors, or one n x 2', 'three columns')
   refused(function() plot(torch.Tensor()) end, 'plot: argument #1 %(x%): tensor with elements', 'an empty tensor')
   refused(function() plot(y, '*') end, "plot: argument #1 %(format%): .* expected, got '%*'", 'a format')
   refused(function() plot(y, 'with lines; system "x"') end, 'plot: argument #1 %(format%)', 'a command in a format')
   refused(function() plot({y}, 3) end, 'plot: argument #2 %(curve%): table', 'a number among tables')
   refused(function() gnuplot.splot(x) end, 'splot: argument #1 %(z%): matrices', 'splot of a vector')
   refused(function() gnuplot.imagesc(x) end, 'imagesc: argument #1 %(z%): matrix', 'imagesc of a vector')
   refused(function() gnuplot.hist(y, 0) end, 'hist: argument #2 %(bins%)', 'no bins')
   refused(function() gnuplot.axis{0, 'x'} end, 'axis: argument #1 %(limits%)', 'axis')
   refused(function() gnuplot.movelegend('up', 'top') end, 'movelegend: argument #1 %(hloc%)', 'movelegend')
   refused(function() gnuplot.setterm('dumb; system') end, 'setterm: argument #1 %(term%)', 'setterm')
   refused(function() gnuplot.title(3) end, 'title: argument #1 %(label%): string expected, got number', 'title')
   refused(function() gnuplot.close(77) end, 'close: argument #1 %(n%): there is no figure 77', 'close')
   refused(function() gnuplot.figprint('x.doc') end, 'figprint: argument #1 %(fname%)', 'figprint')
   gnuplot.closeall()
   if not (os.getenv('DISPLAY') or os.getenv('WAYLAND_DISPLAY') or os.getenv('GNUTERM')) then
      refused(function() gnuplot.plot(y) end, "plot: no display for a window; gnuplot.pngfigure", 'no display')
      gnuplot.close()
   end
   gnuplot.setgnuplotexe('no-such-gnuplot')
   gnuplot.pngfigure(file('x.png'))
   gnuplot.plot(y)
   refused(function() gnuplot.plotflush() end, 'plotflush: there is no program no%-such%-gnuplot', 'no program')
   gnuplot.setgnuplotexe('gnuplot')
   gnuplot.closeall()
end

-- ---- the program ----

local beginnings = {png = '^\137PNG', svg = '^<%?xml', pdf = '^%%PDF', eps = '^%%!PS'}

local function begins(path, ending, what)
   local f = io.open(path, 'rb')
   local text = f and f:read('*a') or ''
   if f then f:close() end
   check.ok(text:find(beginnings[ending]) and #text > 1000, what)
end

local function draws()
   for _, ending in ipairs{'png', 'svg', 'pdf', 'eps'} do
      gnuplot[ending .. 'figure'](file("it's a." .. ending))
      gnuplot.plot({"it's", x, y, '-'}, {'smooth', y, '~'}, {'boxes', y, '|'})
      gnuplot.title('two\nlines')
      gnuplot.plotflush()
      begins(file("it's a." .. ending), ending, ending)
   end
   gnuplot.figprint(file('again.png'))
   begins(file('again.png'), 'png', 'figprint')
   gnuplot.closeall()
   local all = {bar = {y}, hist = {torch.randn(99)}, imagesc = {torch.rand(4, 5)}, splot = {torch.rand(4, 5)}, scatter3 = {x, y, y}}
   for name, args in pairs(all) do
      local n = gnuplot.pngfigure(file(name .. '.png'))
      gnuplot[name](unpack(args))
      gnuplot.close(n)
      begins(file(name .. '.png'), 'png', name)
   end
   gnuplot.pngfigure(file('multi.png'))
   gnuplot.raw('set multiplot layout 1,2')
   gnuplot.plot(y)
   gnuplot.plot(x, y, '-')
   gnuplot.plotflush()
   begins(file('multi.png'), 'png', 'multiplot')
   gnuplot.pngfigure(file('raw.png'))
   gnuplot.raw('plot nonsense(x)')
   check.error(function() gnuplot.plotflush() end, 'test_gnuplot.lua:%d+: gnuplot.plotflush: gnuplot refuses: undefined function: nonsense', 'its errors')
   gnuplot.closeall()
   local command = ([[%s -e "require 'gnuplot' gnuplot.svgfigure('%s') gnuplot.plot(torch.range(1, 9))"]]):format(arg[-1], file('end.svg'))
   os.execute(command)
   begins(file('end.svg'), 'svg', 'a file that was not asked for is written at the end')
   gnuplot.setterm('dumb')
   local pipe = io.popen(([[%s -e "require 'gnuplot' gnuplot.setterm('dumb') gnuplot.plot('name', torch.range(1, 9), '+')"]]):format(arg[-1]))
   check.match(pipe:read('*a'), 'name', 'letters')
   pipe:close()
end

if program.installed() then draws() else print('skipped: drawing: there is no program gnuplot (package gnuplot-nox)') end
os.execute("rm -r '" .. folder .. "'")
check.finish()
