--- require 'sys.fpath', as programs for Torch7 have it.
return require('sys').fpath
