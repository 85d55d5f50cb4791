--- Plots of several figures in one.
local wrong = require('torch.arguments').error

return function(figures, options)
   if type(figures) ~= 'table' or #figures == 0 then wrong('plot.subplots', 1, 'figures', 'list of figures expected, got %s', torch.type(figures)) end
   options = options or {}
   if type(options) ~= 'table' then wrong('plot.subplots', 2, 'options', 'table expected, got %s', torch.type(options)) end
   local n = #figures
   local columns = options.columns or math.min(n, n == 4 and 2 or 3)
   local r = plot.Figure{rows = options.rows or math.ceil(n / columns), columns = columns, heading = options.heading, size = options.size}
   if n > #r.panes then wrong('plot.subplots', 2, 'options', '%d rows of %d plots have no room for %d', r.rows, r.columns, n) end
   for key in pairs(options) do
      if not ({columns = 1, rows = 1, heading = 1, size = 1})[key] then wrong('plot.subplots', 2, 'options', 'there is no option %s; there are columns, rows, heading, size', tostring(key)) end
   end
   for k, figure in ipairs(figures) do
      if torch.typename(figure) ~= 'plot.Figure' then wrong('plot.subplots', 1, 'figures', 'figures expected, number %d is a %s', k, torch.type(figure)) end
      r.panes[k] = figure.panes[1]
   end
   return r
end
