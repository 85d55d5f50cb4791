-- Names for nodes, and pictures of nets.

--- nngraph.annotateNodes([level = 1]): gives the nodes in the caller's local variables the names of these, but those
-- that have a name; tables of nodes give theirs numbers, too. level: how many callers further up to look.
function nngraph.annotateNodes(level)
   local at = math.max(level or 2, 2)
   local function annotate(name, x)
      if torch.isTypeOf(x, 'nngraph.Node') and not x.data.annotations.name then x:annotate{name = name} end
   end
   local i = 1
   while true do
      local name, x = debug.getlocal(at, i)
      if not name then return end
      annotate(name, x)
      if type(x) == 'table' and getmetatable(x) == nil then
         for k, v in ipairs(x) do annotate(('%s[%d]'):format(name, k), v) end
      end
      i = i + 1
   end
end
jit.off(nngraph.annotateNodes)

local viewers = {'xdg-open', 'display'}

--- nngraph.display(gmodule) -> path: draws a net (an SVG file in the folder for temporary files) and opens it, when
-- there is a display.
function nngraph.display(gmodule)
   local file = graph.dot(gmodule.fg, gmodule.name or 'G')
   if os.getenv('DISPLAY') or os.getenv('WAYLAND_DISPLAY') then
      for _, viewer in ipairs(viewers) do
         local status = os.execute('command -v ' .. viewer .. ' >/dev/null 2>&1')
         if status == 0 or status == true then
            os.execute(viewer .. ' ' .. file .. ' >/dev/null 2>&1 &')
            return file
         end
      end
   end
   print('drawn in ' .. file)
   return file
end

-- ---- less on a picture ----

nngraph.simple_print = {}
local escape = graph._dotEscape

--- nngraph.simple_print: drawings with fewer words.

--- nngraph.simple_print.todot(forward_graph [, name]) -> string: a net's forward graph in the dot language, with the
-- modules and the names of nodes only.
function nngraph.simple_print.todot(forward_graph, name)
   local lines = {'digraph ' .. escape(name or 'G') .. ' {', 'node [shape = box];'}
   for i, node in ipairs(forward_graph.nodes) do
      local data = node.data
      local text = data.annotations.name or data.module and tostring(data.module):match('^[^\n]*')
         or data.selectindex and 'select ' .. data.selectindex or #node.children == 0 and 'output'
         or data.nSplitOutputs and 'split' or 'input'
      lines[#lines + 1] = ('n%d [label=%s];'):format(i, escape(text))
   end
   for _, e in ipairs(forward_graph.edges) do
      lines[#lines + 1] = ('n%d -> n%d;'):format(forward_graph.nodes[e.from], forward_graph.nodes[e.to])
   end
   lines[#lines + 1] = '}'
   return table.concat(lines, '\n') .. '\n'
end

--- nngraph.simple_print.dot(forward_graph [, name, filename]) -> path: draws that into filename.svg, beside
-- filename.dot.
function nngraph.simple_print.dot(forward_graph, name, filename)
   return graph.dot({todot = function() return nngraph.simple_print.todot(forward_graph, name) end}, name, filename or name)
end
