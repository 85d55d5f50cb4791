package = 'plot'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Plots of tensors: files, windows, notebooks, the terminal', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0', 'gnuplot >= 1.0', 'sys >= 1.0', 'xlua >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build plot',
   install_command = 'sh rocks/make install plot "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
