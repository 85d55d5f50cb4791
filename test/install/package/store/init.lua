require 'torch'
return require 'libstore'
