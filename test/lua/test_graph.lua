--- graph: walks, orders, copies of graphs, the dot language, pictures by graphviz.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'graph'
local ffi = require 'ffi'

-- a -> b -> d, a -> c -> d, d -> e
local function diamond()
   local n = {}
   for _, name in ipairs{'a', 'b', 'c', 'd', 'e'} do n[name] = graph.Node(name) end
   n.a:add{n.b, n.c}
   n.b:add(n.d)
   n.c:add(n.d)
   n.d:add(n.e)
   return n
end
local function names(nodes)
   local list = {}
   for i, node in ipairs(nodes) do list[i] = node.data end
   return table.concat(list)
end
local function walk(n, method)
   local list = {}
   n[method](n, function(node) list[#list + 1] = node end)
   return names(list)
end

do
   local n = diamond()
   check.eq({walk(n.a, 'dfs'), walk(n.a, 'bfs')}, {'edbca', 'abcde'}, 'walks')
   check.eq({walk(n.a, 'dfs'), walk(n.a, 'bfs')}, {'edbca', 'abcde'}, 'leave no trace')
   check.eq(names(n.b:bfs_dirty()), 'bde', 'bfs_dirty returns the nodes')
   check.ok(n.d.marked and not n.c.marked, 'and leaves them marked')
   check.eq(names(n.b:dfs_dirty()), 'edb', 'dfs_dirty')
   check.ok(n.d.visited and not n.c.visited, 'leaves them visited')
   check.eq(walk(n.a, 'dfs'), 'ca', 'which others respect')
   n.a:add(n.b)
   check.eq({#n.a.children, n.a.children[n.c]}, {2, 2}, 'a child counts once')
   check.error(function() n.a:add(3) end, 'test_graph.lua:%d+: graph.Node:add: argument #1 %(child%): node or list of nodes expected, got number', 'a number')
   local seen = {}
   diamond().a:visit(function(x) x.visited = true seen[#seen + 1] = x.data end, function(x) seen[#seen + 1] = x.data:upper() end)
   check.eq(table.concat(seen), 'abdeEDBcCA', 'visit: down and up')
   check.eq(n.a:label(), 'a', 'label')
end

do
   local n = diamond()
   local g = n.a:graph()
   check.eq({names(g.nodes), #g.edges, g.nodes[n.d], n.d.id}, {'abcde', 5, 4, 4}, 'the graph of a node')
   check.eq({names(g:roots()), names(g:leaves())}, {'a', 'e'}, 'roots and leaves')
   check.eq(names(g:topsort()), 'abcde', 'topsort')
   local r, map = g:reverse()
   check.eq({names(r:roots()), names(r:leaves()), map[n.d].data, names(map[n.d].children)}, {'e', 'a', 'd', 'bc'}, 'reverse')
   check.ok(not rawequal(map[n.d], n.d), 'of new nodes')
   check.eq(names(r:topsort()), 'edbca', 'its order')
   local c = g:clone()
   check.eq({names(c.nodes), #c.edges, names(c.nodes[1].children)}, {'abcde', 5, 'bc'}, 'clone')
   check.ok(not rawequal(c.nodes[1], n.a), 'is of new nodes')
   local sorted, reversed, roots = g:topsort()
   check.ok(rawequal(sorted[1], n.a) and torch.isTypeOf(reversed, 'graph.Graph') and roots[1].data == 'e', 'topsort: its own nodes')
   check.eq(walk(n.a, 'dfs'), 'edbca', 'topsort leaves no trace')
end

do -- cycles, and graphs made by hand
   local a, b, c = graph.Node('a'), graph.Node('b'), graph.Node('c')
   local g = graph.Graph()
   g:add{graph.Edge(a, b), graph.Edge(b, c)}
   check.eq({#g.nodes, a.children[b]}, {3, 1}, 'edges of a list')
   g:add(graph.Edge(c, b))
   check.error(function() g:topsort() end, 'test_graph.lua:%d+: graph.Graph:topsort: Graph has cycles', 'a cycle')
   g:add(graph.Edge(c, a))
   check.error(function() g:topsort() end, 'Graph has cycles', 'nothing but a cycle')
   check.eq({walk(a, 'dfs'), walk(a, 'bfs')}, {'cba', 'abc'}, 'walks end')
   check.error(function() graph.Edge(a, 'b') end, 'graph.Edge: argument #2 %(to%): graph.Node expected, got string', 'Edge')
   check.error(function() graph.Edge(nil, b) end, 'graph.Edge: argument #1 %(from%): graph.Node expected, got nil', 'Edge of nothing')
   check.error(function() g:add('x') end, 'graph.Graph:add: argument #1 %(edge%)', 'add')
   check.eq({#graph.Graph():topsort(), #graph.Node('x'):graph().nodes}, {0, 0}, 'nothing')
   local first = graph.Node(1)
   local last = first
   for i = 2, 30000 do
      local node = graph.Node(i)
      last:add(node)
      last = node
   end
   check.eq({first:graph():topsort()[30000].data, #last:graph().nodes}, {30000, 0}, 'a long chain')
   local file = torch.deserialize(torch.serialize(diamond().a:graph()))
   check.eq({names(file:topsort()), file.nodes[file.nodes[4]]}, {'abcde', 4}, 'from a file')
end

-- ---- pictures ----
do
   local evil = 'x"];\n\\$(touch /tmp/no)`'
   local a, b = graph.Node(evil), graph.Node('b')
   a:add(b)
   local g = a:graph()
   local text = g:todot('T "1"')
   check.match(text, '^digraph G {\n', 'dot language')
   check.match(text, 'label="T \\"1\\"";', 'title')
   check.match(text, 'n1 %[label="Node1\\lx\\"%];\\l\\\\%$%(touch /tmp/no%)`\\l"%];', 'labels are quoted')
   check.match(text, 'n1 %-> n2;', 'edges')
   check.eq({graph._dotEscape('ab_1'), graph._dotEscape('a b'), graph._dotEscape('node'), graph._dotEscape(3)},
      {'ab_1', '"a b"', '"node"', '"3"'}, 'names')

   local folder = os.tmpname()
   os.remove(folder)
   os.execute('mkdir ' .. folder)
   local path = folder .. "/it's $(touch no) -.svg"
   ffi.cdef 'int setenv(const char *name, const char *value, int overwrite);'
   local old = os.getenv('PATH')
   ffi.C.setenv('PATH', folder, 1)
   check.error(function() graph.dot(g, 'T', path) end,
      'test_graph.lua:%d+: graph: the program dot, .* is not installed: .*package graphviz', 'without the program')
   ffi.C.setenv('PATH', old, 1)
   local written = io.open((path:gsub('svg$', 'dot')))
   check.eq(written and written:read('*a'), (text:gsub('"T \\"1\\""', 'T')), 'the description is there all the same')
   if written then written:close() end
   check.error(function() graph.dot(g, 'T', '/no/such/folder/x') end, 'No such file', 'no such folder')
   check.error(function() graph.dot(g, 'T', 3) end, 'graph.dot: argument #3 %(fname%)', 'fname')
   check.error(function() graph.graphvizFile(g, 'dot', 'x') end, 'argument #3 %(fname%): name with an ending', 'no ending')
   check.error(function() graph.graphvizFile(g, 'rm', 'x.svg') end, 'no such layout: rm', 'no layout')
   if not check.succeeds('command -v dot >/dev/null 2>&1') then
      print('skipped: drawings, as there is no program dot (package graphviz)')
   else
      check.eq(graph.dot(g, 'T', path), path, 'dot')
      check.match(io.open(path):read('*a'), '<svg', 'a picture')
      graph.graphvizFile(g, 'neato', folder .. '/x.png')
      check.eq(io.open(folder .. '/x.png'):read(4), '\137PNG', 'another format')
      local unnamed = graph.dot(g)
      check.match(io.open(unnamed):read('*a'), '<svg', 'without a name')
      os.remove(unnamed)
      os.remove((unnamed:gsub('svg$', 'dot')))
      check.error(function() graph.graphvizFile(g, 'dot', folder .. '/x.nosuchformat') end, 'dot failed for .*nosuchformat', 'no such format')
      local p = graph.graphvizLayout(diamond().a:graph(), 'dot')
      check.ok(p:size(1) == 5 and p:size(2) == 2 and p[1][2] > p[2][2] and p[2][2] > p[4][2], 'positions: a above b above d')
      check.ok(not io.open(folder .. '/no') and not io.open('no'), 'no shell has read the names')
   end
   os.execute('rm -r ' .. folder)
end

check.finish()
