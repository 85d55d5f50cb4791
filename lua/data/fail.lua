-- Errors of this package, at the user's line.
return require('torch.checks')('data')
