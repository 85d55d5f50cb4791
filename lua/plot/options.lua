--- Options of plots: which there are, of what kind they are, and what is wrong with those that were given.
local wrong = require('torch.arguments').error
local colours = require 'plot.colours'

local M = {}

local function one_of(list)
   local set, quoted = {}, {}
   for i, v in ipairs(list) do set[v], quoted[i] = true, "'" .. v .. "'" end
   return {function(v) return set[v] end, table.concat(quoted, ', ')}
end

local function is_pair(v) return type(v) == 'table' and type(v[1]) == 'number' and type(v[2]) == 'number' and v[2] > v[1] end
local text = {function(v) return type(v) == 'string' or type(v) == 'number' end, 'text'}
local number = {function(v) return type(v) == 'number' end, 'a number'}
local positive = {function(v) return type(v) == 'number' and v > 0 and v < 1e6 end, 'a number above 0'}
local count = {function(v) return type(v) == 'number' and v >= 1 and v <= 1e5 and v % 1 == 0 end, 'a whole number of at least 1'}
local flag = {function(v) return type(v) == 'boolean' end, 'true or false'}
local pair = {is_pair, '{low, high}'}
local colour = {colours.hex, colours.expected}
local texts = {function(v) return type(v) == 'table' end, 'a list of texts'}
local data = {function(v) return torch.isTensor(v) or type(v) == 'table' or type(v) == 'number' end, 'numbers'}

-- Of the axes that a plot is drawn in.
local pane = {
   title = text, xlabel = text, ylabel = text, y2label = text, zlabel = text,
   xrange = pair, yrange = pair, y2range = pair, zrange = pair,
   xlog = flag, ylog = flag, y2log = flag, grid = flag, equal = flag,
   legend = {function(v) return type(v) == 'boolean' or ({['top left'] = 1, ['top right'] = 1, ['bottom left'] = 1,
      ['bottom right'] = 1, outside = 1})[v] end, "true, false, 'top left', 'top right', 'bottom left', 'bottom right' or 'outside'"},
   xticks = texts, yticks = texts,
}
M.pane = pane

-- Of the whole figure.
M.figure = {rows = count, columns = count, heading = text,
   size = {function(v) return is_pair{0, v[1]} and is_pair{0, v[2]} and v[1] <= 2e4 and v[2] <= 2e4 end, '{width, height} in points'}}

local curve = {label = text, color = colour, colour = colour, width = positive, axis = one_of{'left', 'right'}}
local function with(more, base)
   local t = {}
   for k, v in pairs(base or {}) do t[k] = v end
   for k, v in pairs(more) do t[k] = v end
   return t
end

local markers = one_of{'o', '.', '+', 'x', '*', 's', 'd', '^', 'v'}
local map = one_of{'viridis', 'gray', 'blues', 'diverging'}

-- Of what is drawn.
M.kinds = {
   lines = with({style = one_of{'-', '--', ':', '-.', 'steps'}, marker = markers, error = data, fill = flag, labels = texts}, curve),
   scatter = with({marker = markers, pointsize = positive, values = data, error = data, map = map, labels = texts}, curve),
   band = with({}, curve),
   bars = with({labels = texts, stacked = flag, error = data}, curve),
   histogram = with({bins = count, range = pair, density = flag, labels = texts}, curve),
   image = {map = map, colorbar = flag, x = pair, y = pair, values = flag},
   contour = {levels = {function(v) return count[1](v) or type(v) == 'table' end, 'their number, or a list of them'}, map = map,
      fill = flag, colorbar = flag},
   surface = {map = map, colorbar = flag, view = {function(v) return type(v) == 'table' and #v == 2 end, '{elevation, rotation} in degrees'}},
   hline = curve, vline = curve, text = {color = colour, colour = colour},
   confusion = {classes = texts, normalize = flag, map = map, values = flag, colorbar = flag},
   figure = {},
   set = {},
}

local function known(kind)
   local names = {}
   for _, t in ipairs{M.kinds[kind], pane, M.figure} do for k in pairs(t) do names[#names + 1] = k end end
   table.sort(names)
   return names
end

local function unknown(name, at, kind, key)
   local names = known(kind)
   local near = type(key) == 'string' and require 'torch.nearest'(key, names)
   wrong(name, at, 'options', 'there is no option %s%s', tostring(key), near and '; did you mean ' .. near .. '?'
      or '; there are ' .. table.concat(names, ', '))
end

--- The options of a call of `name` that draws `kind`, given as argument number `at`, apart: those of what is drawn, of its
-- axes, and of the figure.
function M.read(name, at, kind, options)
   local own, axes, figure = {}, {}, {}
   if options ~= nil and type(options) ~= 'table' then wrong(name, at, 'options', 'table expected, got %s', torch.type(options)) end
   for key, v in pairs(options or {}) do
      local spec, into = M.kinds[kind][key], own
      if not spec then spec, into = pane[key], axes end
      if not spec then spec, into = M.figure[key], figure end
      if not spec then unknown(name, at, kind, key) end
      local ok, fits = pcall(spec[1], v)
      if not ok or not fits then
         wrong(name, at, 'options', '%s: %s expected, got %s', key, spec[2], type(v) == 'string' and "'" .. v .. "'" or torch.type(v))
      end
      into[key] = v
   end
   own.color = colours.hex(own.color or own.colour)
   own.colour = nil
   return own, axes, figure
end

return M
