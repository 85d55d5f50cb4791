--- plot: pictures of numbers, into files, windows, notebooks, and the terminal itself.
--
--   local plot = require 'plot'
--   local x = torch.linspace(0, 10, 200)
--   local fig = plot.lines(x, torch.sin(x), {label = 'sin', title = 'Waves', xlabel = 'time'})
--   fig:lines(x, torch.cos(x), {label = 'cos'})
--   fig                              -- at the prompt: drawn in the terminal
--   fig:save('waves.svg')            -- or .png, .pdf, .eps: by the program gnuplot; .txt: in letters
--   fig:show()                       -- in a window, where there is a display
--
-- Every function takes tensors of any type or tables of numbers, and options by name. NaN and infinite numbers are holes;
-- a million points are thinned to what a picture shows. Options of the plot that all of them take: title, xlabel, ylabel, y2label,
-- xrange, yrange, y2range and zrange ({low, high}), xlog, ylog, y2log, grid, equal (units of one length), legend (false, or a place:
-- 'top left', ... 'outside'), xticks and yticks (texts, or numbers), and size ({width, height}) of the picture. Of curves: label (its
-- name in the legend), color ('#rrggbb', a name, or the number in the list of colours), width, and axis = 'right'.
require 'torch'

plot = {}
local M = plot

require 'plot.Figure'
local Figure = M.Figure

local function new() return Figure() end

--- plot.figure([options]) -> figure: an empty figure of options.rows x options.columns plots (1 x 1) to draw into, by its methods.
--
-- fig:pane(2) turns to the second plot. `heading` stands above all of them; other options are those of the first plot.
--
-- > fig = plot.figure{rows = 1, columns = 2, heading = 'Both'}
-- > #fig.panes
-- 2
function M.figure(options) return Figure(options) end

--- plot.lines([x,] y [, options]) -> figure: a line through the points (x, y); x is 1, 2, 3... by default.
--
-- y may be a matrix, a line a column, or a list of vectors. Options: style ('-', '--', ':', '-.', 'steps'), marker ('o', '.', '+',
-- 'x', '*', 's', 'd', '^', 'v'), error (half the length of error bars: a number, a vector, or {below, above}), fill (true: down to 0),
-- labels (of several lines), and those of every plot. Lengths that differ raise an error.
--
-- > torch.type(plot.lines({1, 4, 9}, {title = 'squares'}))
-- plot.Figure
function M.lines(...) return new():lines(...) end

--- plot.scatter([x,] y [, options]) -> figure: points (x, y), or the rows of an n x 2 tensor.
--
-- Options: marker and error as of lines, pointsize (1), values (a number for each point, shown by its colour), map (of colours: 'viridis',
-- 'gray', 'blues', 'diverging'), labels.
--
--     plot.scatter(torch.randn(100, 2), {marker = 'x'})
function M.scatter(...) return new():scatter(...) end

--- plot.band([x,] low, high [, options]) -> figure: the area between two curves, such as an interval of confidence.
--
--     plot.lines(x, mean):band(x, mean - deviation, mean + deviation)
function M.band(...) return new():band(...) end

--- plot.bars([x or names,] heights [, options]) -> figure: bars at x, or under names.
--
-- A matrix or a list of vectors gives a group of bars for each row. Options: labels (of the bars of a group), stacked (true: on top of
-- each other), error.
--
--     plot.bars({'cat', 'dog'}, {3, 5})
function M.bars(...) return new():bars(...) end

--- plot.histogram(x [, options]) -> figure: how many elements of x, or of each tensor of a list, lie in equal intervals.
--
-- Options: bins (their number; by the rule of Freedman and Diaconis, within 10 to 100), range ({low, high}), density (true: areas sum
-- to 1), labels.
--
--     plot.histogram(torch.randn(1000), {bins = 20})
function M.histogram(...) return new():histogram(...) end

--- plot.image(z [, options]) -> figure: a matrix as colours, its first row on top, or a picture [3 x height x width].
--
-- Options: map ('viridis', 'gray', 'blues', 'diverging'), zrange, colorbar (true for matrices), x and y ({low, high}: the edges in units
-- of the axes).
--
--     plot.image(torch.rand(8, 8), {map = 'gray'})
function M.image(...) return new():image(...) end

--- plot.imagesc(z [, options]) -> figure: plot.image, by the name that Matlab and gnuplot give it.
function M.imagesc(...) return new():image(...) end

--- plot.contour([x, y,] z [, options]) -> figure: level lines of the matrix z, whose columns lie at x and rows at y.
--
-- Options: levels (about how many, 10 by default, or a list of values), fill (true: colours between them), map, colorbar.
--
--     plot.contour(z, {levels = {0, 0.5}})
function M.contour(...) return new():contour(...) end

--- plot.surface([x, y,] z [, options]) -> figure: the matrix z as heights above its columns, at x, and rows, at y.
--
-- Options: map, view ({elevation, rotation} in degrees), zlabel. A surface needs a plot of its own.
--
--     plot.surface(z, {view = {60, 30}})
function M.surface(...) return new():surface(...) end

--- plot.confusion(m [, options]) -> figure: a confusion matrix as a picture: rows are the classes, columns what was predicted.
--
-- The colours are shares of a row. m is an optim.ConfusionMatrix or a square matrix. Options: classes (their names), normalize (true:
-- percent instead of counts), values (false: no numbers in the cells).
--
--     plot.confusion({{5, 1}, {2, 7}}, {classes = {'cat', 'dog'}})
function M.confusion(m, options) return new():confusion(m, options) end

--- plot.subplots(figures [, options]) -> figure: the first plots of several figures in one, side by side.
--
-- Options: columns (at most 3 by default), rows, heading, size.
--
-- > #plot.subplots({plot.lines({1, 2}), plot.bars({1, 2})}).panes
-- 2
function M.subplots(figures, options) return require 'plot.subplots'(figures, options) end

--- plot.images(tensors [, options]) -> picture: pictures or filters in a grid, as one.
--
-- tensors: a batch [n x height x width] or [n x 1 or 3 x height x width], whose values from the smallest to the largest go from black to
-- white, or a list of pictures; of filters with other numbers of channels every plane is a picture. Options: columns, padding
-- (1), zoom, scaleeach (false), title. The result prints itself and has save, show, print and string, as figures have.
--
-- > torch.type(plot.images(torch.Tensor(4, 3, 8, 8):fill(1)))
-- plot.Picture
function M.images(tensors, options) return require 'plot.images'(tensors, options) end

--- plot.live([options]) -> live: curves that grow while something runs, redrawn in their place.
--
--     live = plot.live{title = 'Training', ylabel = 'loss', every = 0.5}
--     for epoch = 1, 10 do live:add(epoch, {train = loss, test = test_loss}) end
--     live:finish():save('loss.png')
--
-- live:add([x,] values) adds a point to each curve; it draws at most once in `every` seconds (0.5). live:finish() draws what is left
-- and returns the figure. Without a terminal only finish draws.
function M.live(options) return require 'plot.live'(options) end

return M
