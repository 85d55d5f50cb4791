--- optim.Logger([filename, timestamp = false]): a table of numbers on file, a row at a time, and its plot.
--
--    logger = optim.Logger('train.log')
--    logger:setNames{'loss', 'accuracy'}
--    logger:add{0.5, 0.91}
--    logger:style{'-', '+-'}
--    logger:plot()                      -- with the package plot: train.log.eps, and a window or the terminal
--
-- Every row is flushed, so that a run that dies leaves its log. Without a file name rows go to the
-- terminal. `timestamp` (true) appends date and time to the name.
local Logger = torch.class('optim.Logger')

local function make_folder(path)
   local folder = path:match('^(.*)/[^/]*$')
   if not folder or folder == '' then return end
   local paths = require 'paths'
   local at = folder:sub(1, 1) == '/' and '/' or ''
   for part in folder:gmatch('[^/]+') do
      at = at .. part
      if not paths.dirp(at) then paths.mkdir(at) end
      at = at .. '/'
   end
end

function Logger:__init(filename, timestamp)
   if filename then
      self.name = filename
      make_folder(filename)
      if timestamp then filename = filename .. os.date('-%Y_%m_%d_%X') end
      local file, message = io.open(filename, 'w')
      if not file then error('optim.Logger: ' .. message, 2) end
      self.file = file
      self.epsfile = self.name .. '.eps'
   else
      self.file = io.stdout
      self.name = 'stdout'
      print('<Logger> warning: no path provided, logging to std out')
   end
   self.empty = true
   self.symbols, self.styles = {}, {}
   self.names, self.idx = {}, {}
   self.figure = nil
   self.showPlot, self.plotRawCmd, self.defaultStyle = true, nil, '+'
   self.logscale = false
end

--- logger:setNames(names) -> logger: names the columns, a list. Each belongs to the field it was given for.
function Logger:setNames(names)
   self.names = names
   self.empty = false
   self.nsymbols = #names
   for k, name in pairs(names) do
      self.file:write(tostring(name), '\t')
      self.symbols[k] = {}
      self.styles[k] = {self.defaultStyle}
      self.idx[name] = k
   end
   self.file:write('\n')
   self.file:flush()
   return self
end

-- Keys in an order that does not depend on the table: the list part, then others by their text.
local function sorted_keys(t)
   local keys, rest, n = {}, {}, #t
   for i = 1, n do keys[i] = i end
   for k in pairs(t) do
      if not (type(k) == 'number' and k >= 1 and k <= n and k % 1 == 0) then rest[#rest + 1] = k end
   end
   table.sort(rest, function(a, b) return tostring(a) < tostring(b) end)
   for _, k in ipairs(rest) do keys[#keys + 1] = k end
   return keys
end

--- logger:add(row) -> logger: adds a row: a list in the order of the names, or fields by name, which name the columns when they
-- come first.
function Logger:add(row)
   if self.empty then
      self.empty = false
      self.nsymbols = #row
      for _, k in ipairs(sorted_keys(row)) do
         self.file:write(tostring(k), '\t')
         self.symbols[k] = {}
         self.styles[k] = {self.defaultStyle}
         self.names[k] = k
      end
      self.idx = self.names
      self.file:write('\n')
   end
   for _, k in ipairs(sorted_keys(row)) do
      local value = row[k]
      if type(value) == 'number' then
         self.file:write(('%11.4e'):format(value), '\t')
      elseif type(value) == 'string' then
         self.file:write(value, '\t')
      else
         error('optim.Logger: numbers and strings can be logged, got a ' .. torch.type(value), 2)
      end
      self.symbols[k] = self.symbols[k] or {}
      table.insert(self.symbols[k], value)
   end
   self.file:write('\n')
   self.file:flush()
   return self
end

--- logger:style(styles) -> logger: how columns are plotted: one gnuplot style for all, such as '-' or '+', or a table of them by
-- column.
function Logger:style(styles)
   if type(styles) == 'string' then
      for k in pairs(self.styles) do self.styles[k] = {styles} end
   else
      for k, style in pairs(styles) do self.styles[k] = type(style) == 'table' and style or {style} end
   end
   return self
end

--- logger:setlogscale(state) -> logger: whether the y axis of the plot is logarithmic.
function Logger:setlogscale(state)
   self.logscale = state
   return self
end

--- logger:display(state) -> logger: whether plot() opens a window, besides writing the eps file.
function Logger:display(state)
   self.showPlot = state
   return self
end

-- How plot draws a column by its style, which is one of the package gnuplot.
local styles = {['-'] = {}, ['~'] = {}, ['+-'] = {marker = 'o'}, ['-+'] = {marker = 'o'}}

local function draw(figure, name, numbers, style)
   local own = style:match('^%s*with%s+(.+)$')
   if own then
      figure:lines(numbers, {label = name})
      local items = figure.panes[1].items
      items[#items].with = own
   elseif style == '|' then
      figure:bars(numbers, {label = name})
   elseif styles[style] then
      figure:lines(numbers, {label = name, marker = styles[style].marker})
   else
      figure:scatter(numbers, {label = name, marker = style == '.' and '.' or nil})
   end
end

--- logger:curves([names]) -> figure or nil: the columns named, or all, as a figure of the package plot; nil where they are empty.
--
-- It can be saved as any figure: logger:curves():save('loss.svg').
function Logger:curves(names)
   local chosen = names and {}
   for _, name in ipairs(names and (type(names) == 'table' and names or {names}) or {}) do chosen[name] = true end
   local figure = require('plot').figure{title = '<Logger::' .. self.name .. '>', ylog = self.logscale or false}
   for _, name in ipairs(sorted_keys(self.idx)) do
      local k = self.idx[name]
      local list = self.symbols[k] or {}
      if (not chosen or chosen[name]) and #list > 0 then
         local numbers = torch.DoubleTensor(#list)
         for i, v in ipairs(list) do numbers[i] = tonumber(v) or 0 / 0 end
         for _, style in ipairs(self.styles[k] or {self.defaultStyle}) do draw(figure, tostring(name), numbers, style) end
      end
   end
   figure.panes[1].raw = self.plotRawCmd
   return #figure.panes[1].items > 0 and figure or nil
end

-- The window that the last plot was shown in shows this one.
local function show(self, figure)
   local terminal = require 'sys.terminal'
   if not (os.getenv('DISPLAY') or os.getenv('WAYLAND_DISPLAY') or terminal.isatty(1) or package.loaded['jupyter.display']) then return end
   figure.window = self.figure
   figure:show()
   self.figure = figure.window
end

--- logger:plot([names]) -> logger: plots the columns named, or all: into `<filename>.eps`, and, unless display(false) was called, in a
-- window, or, without one, in the terminal.
function Logger:plot(names)
   local found, program = pcall(require, 'gnuplot.program')
   if not found then
      if not self.warned then io.stderr:write('<Logger> warning: cannot plot without the packages plot and gnuplot\n') end
      self.warned = true
      return self
   end
   local figure = self:curves(names)
   if not figure then return self end
   if self.showPlot then show(self, figure) end
   if self.epsfile and program.installed() then
      figure:save(self.epsfile)
   elseif self.epsfile and not self.warned then
      io.stderr:write('<Logger> warning: cannot write ', self.epsfile, ' without the program gnuplot\n')
      self.warned = true
   end
   return self
end

return optim.Logger
