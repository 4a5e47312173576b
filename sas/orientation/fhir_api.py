"""`/fhir/Appointment`: what editors say of the bookings made with them (INT_R03). Views only."""
