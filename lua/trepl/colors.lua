--- require 'trepl.colors', as programs for Torch7 have it.
return require 'sys.terminal'
