package = 'autograd'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Gradients in the manner of the package autograd', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0', 'nn >= 1.0', 'optim >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build autograd',
   install_command = 'sh rocks/make install autograd "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
