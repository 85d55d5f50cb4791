-- nngraph: nets as graphs. Calling a module on nodes makes a node, nn.gModule makes a module of nodes:
--
--   local x = nn.Identity()()
--   local h = nn.Tanh()(nn.Linear(10, 20)(x))
--   local y = nn.CAddTable(){nn.Linear(10, 1)(x), nn.Linear(20, 1)(h)}
--   local net = nn.gModule({x}, {y})
--
-- Chains may be written x - nn.Linear(10, 20) - nn.Tanh(), and begin with -module. module(input) no longer is
-- module:forward(input) once this is loaded.
require 'torch'
require 'nn'
require 'graph'

nngraph = nngraph or {}

require 'nngraph.Node'
require 'nngraph.JustElement'
require 'nngraph.JustTable'
require 'nngraph.ModuleFromCriterion'
require 'nngraph.calls'
require 'nngraph.gModule'
require 'nngraph.show'

return nngraph
