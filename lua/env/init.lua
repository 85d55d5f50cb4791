--- env: what scripts of Torch7 expect to find as globals, for programs that are not run by th: torch, sys, xlua, paths.
require 'torch'
require 'paths'
require 'sys'
require 'xlua'

return {}
