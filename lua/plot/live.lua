--- plot.Live([options]): curves that grow while something runs, redrawn in their place; see plot.live.
local terminal, sys = require 'sys.terminal', require 'sys'
local wrong = require('torch.arguments').error

local Live = torch.class('plot.Live')

function Live:__init(options)
   if options ~= nil and type(options) ~= 'table' then wrong('plot.live', 1, 'options', 'table expected, got %s', torch.type(options)) end
   local given = {}
   for k, v in pairs(options or {}) do given[k] = v end
   self.every = given.every or 0.5
   if type(self.every) ~= 'number' then wrong('plot.live', 1, 'options', 'every: a number of seconds expected, got %s', torch.type(self.every)) end
   given.every = nil
   self.given, self.names, self.xs, self.ys = given, {}, {}, {}
   self.rows, self.drawn, self.steps = 0, -math.huge, 0
   self.figure = plot.figure(given)
end

local function rebuild(self)
   self.figure = plot.figure(self.given)
   for _, name in ipairs(self.names) do
      self.figure:lines(self.xs[name], self.ys[name], {label = name, marker = #self.xs[name] <= 40 and '.' or nil})
   end
   return self.figure
end

-- Over what was drawn last: its lines are as many rows of the terminal.
local function in_terminal(self, figure)
   local text = figure:string{height = 12}
   local _, lines = text:gsub('\n', '')
   if self.rows > 0 then io.write(('\27[%dA\r\27[J'):format(self.rows)) end
   io.write(text, '\n')
   io.flush()
   self.rows = lines + 1
end

local function draw(self)
   local figure = rebuild(self)
   local notebook = package.loaded['jupyter.display']
   if notebook and notebook.active then
      self.display = notebook.update(figure, self.display)
   elseif terminal.isatty(1) and os.getenv('TERM') ~= 'dumb' then
      in_terminal(self, figure)
   end
   self.drawn, self.waiting = sys.clock(), false
end

-- Names in the order in which they came up; those of one call by the alphabet.
local function note(self, x, values)
   local names = {}
   for name in pairs(values) do names[#names + 1] = name end
   table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
   for _, name in ipairs(names) do
      local y = values[name]
      if type(y) ~= 'number' then wrong('plot.Live:add', 1, 'values', 'numbers by name expected, %s is a %s', tostring(name), torch.type(y)) end
      if not self.xs[name] then
         self.names[#self.names + 1], self.xs[name], self.ys[name] = name, {}, {}
      end
      table.insert(self.xs[name], x)
      table.insert(self.ys[name], y)
   end
end

--- live:add([x,] values) -> live: adds a point to each curve: values are numbers by the names of the curves.
--
-- x is one more than the last one by default.
function Live:add(x, values)
   if values == nil then x, values = self.steps + 1, x end
   if type(x) ~= 'number' then wrong('plot.Live:add', 1, 'x', 'number expected, got %s', torch.type(x)) end
   if type(values) ~= 'table' then wrong('plot.Live:add', 1, 'values', 'table of numbers expected, got %s', torch.type(values)) end
   self.steps, self.waiting = x, true
   note(self, x, values)
   if sys.clock() - self.drawn >= self.every then draw(self) end
   return self
end

--- live:finish() -> figure: draws what was not drawn yet; without a terminal the whole figure, once.
function Live:finish()
   if self.waiting then draw(self) end
   local notebook = package.loaded['jupyter.display']
   if not terminal.isatty(1) and not (notebook and notebook.active) then io.write(rebuild(self):string(), '\n') end
   self.rows = 0
   return self.figure
end

return function(options) return plot.Live(options) end
