-- graph: directed graphs of nodes that hold any data, their orders, and drawings of them by graphviz.
require 'torch'

graph = graph or {}

require 'graph.Node'
require 'graph.Edge'
require 'graph.Graph'
require 'graph.draw'

return graph
