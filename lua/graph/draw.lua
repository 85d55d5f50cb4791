-- Drawings: graphs in the dot language, and pictures of them by graphviz's program, which needs no display. Names and
-- labels only ever stand in the file that it reads.

local where, wrong = require('libtorch').where, require('torch.arguments').error

local function raise(message, ...) error(where() .. 'graph: ' .. message:format(...), 0) end

-- Names that the dot language takes as they are.
local keyword = {graph = true, digraph = true, subgraph = true, node = true, edge = true, strict = true}

--- s as a name of the dot language: quoted unless it is a plain word. Lines end at the left.
function graph._dotEscape(s)
   s = tostring(s)
   if s:find('^[%a_][%w_]*$') and not keyword[s:lower()] then return s end
   s = s:gsub('%z', ''):gsub('[\\"]', '\\%0'):gsub('\n', '\\l')
   return '"' .. s .. '"'
end
local escape = graph._dotEscape

-- ' [a=1, b="x y"]' of a table, in order
local function attributes(t)
   local list = {}
   for k, v in pairs(t) do list[#list + 1] = escape(k) .. '=' .. escape(v) end
   table.sort(list)
   return ' [' .. table.concat(list, ', ') .. ']'
end

local function node_attributes(node)
   local t = {}
   if node.graphNodeAttributes then
      for k, v in pairs(node:graphNodeAttributes()) do t[k] = v end
   end
   local label = tostring(node:label())
   local name = node.graphNodeName and node:graphNodeName() or 'Node' .. node.id
   t.label = name .. '\n' .. label .. (label:find('\n$') and '' or '\n')
   return attributes(t)
end

--- graph:todot([title]) -> string: the graph in the dot language. Nodes may have methods graphNodeName(), the first line of their label (else Node and
-- their id), and graphNodeAttributes(), a table of graphviz's attributes.
function graph.Graph:todot(title)
   local lines = {'digraph G {', 'labelloc="t";', 'label=' .. escape(title or '') .. ';', 'node [shape = oval];'}
   for i, node in ipairs(self.nodes) do lines[#lines + 1] = ('n%d%s;'):format(i, node_attributes(node)) end
   for _, e in ipairs(self.edges) do lines[#lines + 1] = ('n%d -> n%d;'):format(self.nodes[e.from], self.nodes[e.to]) end
   lines[#lines + 1] = '}'
   return table.concat(lines, '\n') .. '\n'
end

local function write(path, text)
   local file, message = io.open(path, 'w')
   if not file then raise('%s', message) end
   file:write(text)
   file:close()
end

-- ---- graphviz ----

local layouts = {dot = true, neato = true, twopi = true, circo = true, fdp = true, sfdp = true}

local function quoted(s) return "'" .. s:gsub("'", [['\'']]) .. "'" end

local function succeeds(command)
   local status = os.execute(command)
   return status == 0 or status == true
end
local function installed() return succeeds('command -v dot >/dev/null 2>&1') end

-- Runs graphviz on text in the dot language; the result goes to the file `path`.
local function run(text, layout, format, path)
   if not layouts[layout] then raise('no such layout: %s; dot, neato, twopi, circo, fdp or sfdp', tostring(layout)) end
   if not installed() then raise('the program dot, which draws graphs, is not installed: it is in the package graphviz') end
   local input, messages = os.tmpname(), os.tmpname()
   write(input, text)
   if path:find('^%-') then path = './' .. path end
   local ok = succeeds(('dot -K%s -T%s -o %s %s 2>%s'):format(layout, format, quoted(path), quoted(input), quoted(messages)))
   local file = io.open(messages)
   local said = file and file:read('*a') or ''
   if file then file:close() end
   os.remove(input)
   os.remove(messages)
   if not ok then raise('dot failed for %s: %s', path, (said:gsub('%s+$', ''))) end
end

--- graph.graphvizFile(g [, layout], fname): draws g into the file fname, in the format that its ending names (svg, png, pdf, dot...), by one of graphviz's
-- layouts (dot, neato...).
function graph.graphvizFile(g, layout, fname)
   local format = type(fname) == 'string' and fname:match('%.(%w+)$')
   if not format then wrong('graph.graphvizFile', 3, 'fname', 'name with an ending, such as net.svg, expected') end
   run(g:todot(), layout or 'dot', format:lower(), fname)
end

--- graph.graphvizLayout(g [, layout]) -> tensor: where graphviz puts the nodes of g: n x 2, x and y in points, a row per node.
function graph.graphvizLayout(g, layout)
   local path = os.tmpname()
   run(g:todot(), layout or 'dot', 'plain', path)
   local positions = torch.Tensor(#g.nodes, 2):zero()
   for line in io.lines(path) do
      local i, x, y = line:match('^node n(%d+) (%S+) (%S+)')
      if i then
         positions[tonumber(i)][1] = tonumber(x) * 72
         positions[tonumber(i)][2] = tonumber(y) * 72
      end
   end
   os.remove(path)
   return positions
end

--- graph.dot(g [, title, fname]) -> path: draws g into fname.svg, beside fname.dot in the dot language; without fname into files of names of their own. Works
-- without a display.
function graph.dot(g, title, fname)
   if fname == nil then
      fname = os.tmpname()
      os.remove(fname)
   end
   if type(fname) ~= 'string' then wrong('graph.dot', 3, 'fname', 'string expected, got %s', torch.type(fname)) end
   fname = fname:gsub('%.svg$', '')
   local text = g:todot(title)
   write(fname .. '.dot', text)
   run(text, 'dot', 'svg', fname .. '.svg')
   return fname .. '.svg'
end
