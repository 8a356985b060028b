const first = 'red kite tin drum moss';
const again = 'red kite tin drum moss';
