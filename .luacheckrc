-- luacheck: every Lua file. Globals are those that Torch defines.
std = 'luajit'
max_line_length = 160
exclude_files = {'build*/**', '_install/**'}
globals = {'torch', 'nn', 'cutorch', 'optim', 'xlua', 'sys', 'paths', 'trepl', 'luaT', 'image', 'graph', 'nngraph', 'nnq', 'gnuplot'}
-- self is often there for the protocol's sake: function Module:updateOutput(input)
self = false
unused_args = false
-- th: arg is the script's; printing helpers replace print
ignore = {'122/package', '142/torch', '143/torch', '143/os', '143/table', '143/string'}
files['lua/ops'] = {globals = {'op', 'kernel'}, std = 'min', ignore = {'113', '111'}}
files['nn/ops/*.lua'] = {ignore = {'113', '111'}}
files['test/lua'] = {ignore = {'212', '213'}}
