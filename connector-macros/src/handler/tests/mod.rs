mod block;
mod expansion;
mod routes;
