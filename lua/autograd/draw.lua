-- The graph of what made a tensor: as text for graphviz, or drawn by its program dot.
local core = require 'autograd.core'
local C = require 'libtorch'
require 'autograd.methods'

-- Every node below `node` once: f(node, inputs).
local function walk(node, f, seen)
   if seen[node] then return end
   seen[node] = true
   local inputs = {}
   local function collect(v)
      if type(v) == 'table' and type(v[1]) == 'function' and type(v[2]) == 'number' then inputs[#inputs + 1] = v
      elseif type(v) == 'table' and not torch.typename(v) then
         for _, e in ipairs(v) do collect(e) end
      end
   end
   for i = 4, 12 do collect(node[i]) end
   collect(node.inputs)
   f(node, inputs)
   for _, input in ipairs(inputs) do walk(input, f, seen) end
end

--- torch.draw(x [, path]) -> text: the operations that made x, a recorded tensor, in the language of graphviz; with a path, also drawn
-- into that file by dot, as its ending says (.svg, .png, .pdf).
return function(x, path)
   if not torch.isTensor(x) or path ~= nil and type(path) ~= 'string' then require('torch.arguments').refuse('draw', false, x, path) end
   local node = C.node(x)
   if not node then require('torch.arguments').error('draw', 1, 'x', 'the tensor is not recorded') end
   local out = {'digraph gradients {', '   rankdir = BT; node [shape = box, fontname = "sans-serif", fontsize = 11];'}
   walk(node, function(n, inputs)
      local leaf = n[1] == core.accumulate
      out[#out + 1] = ('   n%d [label = "%s"%s];'):format(n[2], core.name(n), leaf and ', style = filled, fillcolor = lightblue' or '')
      for _, input in ipairs(inputs) do out[#out + 1] = ('   n%d -> n%d;'):format(input[2], n[2]) end
   end, {})
   out[#out + 1] = '}'
   local text = table.concat(out, '\n') .. '\n'
   if path then
      local format = path:match('%.(%w+)$') or 'svg'
      local dot = io.popen(("dot -T%s -o '%s'"):format(format, path:gsub("'", "'\\''")), 'w')
      dot:write(text)
      if not dot:close() then error('draw: the program dot of graphviz could not draw ' .. path, 2) end
   end
   return text
end
